import { Command } from "commander";

import { benchReinforcement } from "../../../bench/reinforcement.ts";
import { printTable } from "../../printTable.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

const COLUMNS = [
  { header: "learner" },
  { header: "steps/s, acting", align: "right" },
  { header: "updates/s", align: "right" },
  { header: "steps/s, all", align: "right" },
  { header: "of the optimum", align: "right" },
] as const;

/** `freshet bench reinforcement`. */
export const reinforcementCommand = new Command("reinforcement")
  .description("MDDR against the same in PyTorch: environment steps and updates a second")
  .option("--rounds <n>", "measurements of each, in turn", "7")
  .option("--json", "print JSON")
  .action(async (options: { rounds: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const rounds = wholeNumber(options.rounds, "--rounds", 1, 1000);
    const result = await benchReinforcement({ rounds }, { tell: (doing) => terminal.status(doing) });
    terminal.line(`PyTorch: ${result.pytorch}`);
    const rows = result.cases.map((one) => [
      one.learner,
      one.environmentStepsPerSecond.toFixed(0),
      one.updatesPerSecond.toFixed(0),
      one.trainedStepsPerSecond.toFixed(0),
      `${(100 * one.share).toFixed(3)} %`,
    ]);
    printTable(terminal, { columns: COLUMNS, rows });
    for (const [engine, ratios] of Object.entries(result.ratios)) {
      if (ratios === null) continue;
      const { environmentSteps, updates, trainedSteps } = ratios;
      terminal.line(
        `${engine} to the fastest PyTorch: acting ${environmentSteps.toFixed(2)}, updates ${updates.toFixed(2)}, all ${trainedSteps.toFixed(2)}`,
      );
    }
    terminal.result(result);
  });
