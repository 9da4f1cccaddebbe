import { Command } from "commander";

import { freezeCommand } from "./relay/freeze.ts";
import { proveCommand } from "./relay/prove.ts";
import { retryCommand } from "./relay/retry.ts";
import { selfRelayCommand } from "./relay/selfRelay.ts";
import { startCommand } from "./relay/start.ts";
import { statusCommand } from "./relay/status.ts";

/** `freshet relay`. */
export const relayCommand = new Command("relay")
  .description("run the relay on its own, see what it does, and do its work by hand")
  .addCommand(startCommand)
  .addCommand(statusCommand)
  .addCommand(retryCommand)
  .addCommand(proveCommand)
  .addCommand(selfRelayCommand)
  .addCommand(freezeCommand);
