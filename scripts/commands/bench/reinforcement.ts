import { Command } from "commander";

import { benchReinforcement } from "../../../bench/reinforcement.ts";
import { benchMigrationLearners } from "../../../bench/twin-migration/learners.ts";
import { INCOMPLETE } from "../../exitCodes.ts";
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
  .description(
    "MDDR and twin migration's MO-MADDPG against the same in PyTorch: environment steps and updates a second, and what whole runs take",
  )
  .option("--rounds <n>", "measurements of each, in turn", "7")
  .option("--quick", "extrapolate what whole runs take from some episodes; they take some two minutes")
  .option("--json", "print JSON")
  .action(async (options: { rounds: string; quick?: boolean; json?: boolean }) => {
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
    const quick = options.quick === true;
    const twinMigration = await benchMigrationLearners(
      { rounds, quick },
      { tell: (doing) => terminal.status(doing) },
    );
    const { envStepsPerSecond, updatesPerSecond, ratios, trainSeconds, extrapolated } = twinMigration;
    const rate = (value: number | null) => (value === null ? "none" : value.toFixed(1));
    const times = (value: number | null) => (value === null ? "" : ` (${value.toFixed(2)} of PyTorch's)`);
    terminal.line("MO-MADDPG, batches of 32 at 20/4/2");
    terminal.line(
      `  updates/s: PyTorch ${rate(updatesPerSecond.pytorch)}, wasm ${rate(updatesPerSecond.wasm)}${times(ratios.wasm)}, native ${rate(updatesPerSecond.native)}${times(ratios.native)}`,
    );
    for (const [size, steps] of Object.entries(envStepsPerSecond))
      terminal.line(`  environment ${size}: ${steps.toFixed(0)} steps/s`);
    terminal.line(
      `  ${extrapolated ? "extrapolated: " : ""}cold run ${trainSeconds.cold60.toFixed(0)} s, warm run ${trainSeconds.warm160.toFixed(0)} s of a processor`,
    );
    if (Object.values({ ...result.ratios, ...ratios }).some((ratio) => ratio === null)) {
      terminal.warn("Not everything was compared: PyTorch, or an engine of ours, did not run here.");
      process.exitCode = INCOMPLETE;
    }
    terminal.result({ ...result, twinMigration });
  });
