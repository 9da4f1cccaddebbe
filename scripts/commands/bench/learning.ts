import { Command } from "commander";

import { benchLearning } from "../../../bench/learning.ts";
import { INCOMPLETE } from "../../exitCodes.ts";
import { printTable } from "../../printTable.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

const COLUMNS = [
  { header: "engine" },
  { header: "network" },
  { header: "images/s", align: "right" },
  { header: "GFLOP/s", align: "right" },
  { header: "peak", align: "right" },
  { header: "ratio to PyTorch", align: "right" },
] as const;

/** `freshet bench learning`. */
export const learningCommand = new Command("learning")
  .description("training against PyTorch on the CPU: images a CPU-second, one thread each")
  .option("--rounds <n>", "measurements of each, in turn", "7")
  .option("--json", "print JSON")
  .action(async (options: { rounds: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const rounds = wholeNumber(options.rounds, "--rounds", 1, 1000);
    const result = await benchLearning({ rounds }, { tell: (doing) => terminal.status(doing) });
    terminal.line(`PyTorch: ${result.pytorch}`);
    const rows = result.cases.map(({ engine, network, imagesPerSecond, gflops, peakGflops, ratio }) => [
      engine,
      network,
      imagesPerSecond.toFixed(1),
      gflops.toFixed(1),
      peakGflops?.toFixed(0) ?? "",
      ratio?.toFixed(2) ?? "–",
    ]);
    printTable(terminal, { columns: COLUMNS, rows });
    if (result.cases.some(({ ratio }) => ratio === undefined)) {
      terminal.warn("Nothing was compared: PyTorch did not run here.");
      process.exitCode = INCOMPLETE;
    }
    terminal.result(result);
  });
