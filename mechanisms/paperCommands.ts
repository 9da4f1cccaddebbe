import type { PaperCommands } from "./MechanismCommands.ts";
import { MECHANISMS } from "./mechanisms.ts";
import { paperCommands as modelTrading } from "./model-trading/commands.ts";
import { paperCommands as twinMigration } from "./twin-migration/commands.ts";

/**
 * What the papers bring to the command line, by mechanism. Model trading and twin migration are mathematics only: no task
 * is paid by them.
 */
export function paperCommands(): readonly { name: string; commands: PaperCommands }[] {
  return [
    ...MECHANISMS,
    { name: "model-trading", commands: modelTrading },
    { name: "twin-migration", commands: twinMigration },
  ];
}
