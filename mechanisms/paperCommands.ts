import type { PaperCommands } from "./MechanismCommands.ts";
import { MECHANISMS } from "./mechanisms.ts";
import { paperCommands as modelTrading } from "./model-trading/commands.ts";

/** What the papers bring to the command line, by mechanism. Model trading is mathematics only: no task is paid by it. */
export function paperCommands(): readonly { name: string; commands: PaperCommands }[] {
  return [...MECHANISMS, { name: "model-trading", commands: modelTrading }];
}
