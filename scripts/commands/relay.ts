import { Command } from "commander";

import { backupCommand } from "./relay/backup.ts";
import { freezeCommand } from "./relay/freeze.ts";
import { proveCommand } from "./relay/prove.ts";
import { restoreCommand } from "./relay/restore.ts";
import { retryCommand } from "./relay/retry.ts";
import { selfRelayCommand } from "./relay/selfRelay.ts";
import { startCommand } from "./relay/start.ts";
import { statusCommand } from "./relay/status.ts";

/** `freshet relay`. */
export const relayCommand = new Command("relay")
  .addCommand(startCommand)
  .addCommand(statusCommand)
  .addCommand(retryCommand)
  .addCommand(proveCommand)
  .addCommand(selfRelayCommand)
  .addCommand(freezeCommand)
  .addCommand(backupCommand)
  .addCommand(restoreCommand);
