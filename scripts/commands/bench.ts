import { Command } from "commander";

import { aoiContractCommand } from "./bench/aoiContract.ts";
import { gasCommand } from "./bench/gas.ts";
import { learningCommand } from "./bench/learning.ts";
import { relayCommand } from "./bench/relay.ts";

/** `freshet bench`. */
export const benchCommand = new Command("bench")
  .description("measure against named peers")
  .addCommand(aoiContractCommand)
  .addCommand(gasCommand)
  .addCommand(learningCommand)
  .addCommand(relayCommand);
