import { Command } from "commander";

import { aoiContractCommand } from "./bench/aoiContract.ts";
import { detectionCommand } from "./bench/detection.ts";
import { gasCommand } from "./bench/gas.ts";
import { learningCommand } from "./bench/learning.ts";
import { modelTradingCommand } from "./bench/modelTrading.ts";
import { reinforcementCommand } from "./bench/reinforcement.ts";
import { relayCommand } from "./bench/relay.ts";
import { simulationCommand } from "./bench/simulation.ts";
import { strangersCommand } from "./bench/strangers.ts";

/** `freshet bench`. */
export const benchCommand = new Command("bench")
  .addCommand(aoiContractCommand)
  .addCommand(detectionCommand)
  .addCommand(gasCommand)
  .addCommand(learningCommand)
  .addCommand(modelTradingCommand)
  .addCommand(reinforcementCommand)
  .addCommand(relayCommand)
  .addCommand(simulationCommand)
  .addCommand(strangersCommand);
