import type { PaperCommands } from "./MechanismCommands.ts";
import { MECHANISMS } from "./mechanisms.ts";
import { paperCommands as twinMigration } from "./twin-migration/commands.ts";

/** What the papers bring to the command line, by mechanism. Twin migration is mathematics only: no task is paid by it. */
export function paperCommands(): readonly { name: string; commands: PaperCommands }[] {
  return [...MECHANISMS, { name: "twin-migration", commands: twinMigration }];
}
