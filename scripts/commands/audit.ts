import { availableParallelism } from "node:os";

import { Command } from "commander";

import { auditTask } from "../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import { EXIT_CODES, reportLines } from "../../audit/report.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { DEFAULT_NETWORK_FILE, openNetwork } from "../openNetwork.ts";
import { DATA_OPTION, dataDirectory, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { knownTask } from "./task.ts";

interface AuditOptions {
  network: string;
  reExecute?: string;
  seed?: string;
  data?: string;
  json?: boolean;
}

/** `freshet audit`. */
export const auditCommand = new Command("audit")
  .argument("<id>", "task")
  .option(
    "--network <file>",
    "network file: RPC addresses, contract addresses, storage",
    DEFAULT_NETWORK_FILE,
  )
  .option("--re-execute <updates>", "repeat the training of this many updates of virtual workers")
  .option("--seed <number>", "which updates to repeat, instead of those that the latest block's hash draws")
  .option("--data <dir>", DATA_OPTION)
  .option("--json", "print JSON")
  .action(async (id: string, options: AuditOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const updates =
      options.reExecute === undefined ? 0 : wholeNumber(options.reExecute, "--re-execute", 1, 1_000_000);
    const seed = options.seed === undefined ? undefined : wholeNumber(options.seed, "--seed", 0, 0xffffffff);
    const network = await openNetwork(options.network);
    const pool = new ComputePool({ threads: availableParallelism() });
    try {
      const data = new TaskData(await dataDirectory(options.data));
      const report = await auditTask(network.file, await knownTask(network, id), {
        storage: network.storage,
        evaluate: heldOutEvaluation(pool, data),
        scoring: { pool, heldOutData: data.heldOutData },
        ...(updates === 0
          ? {}
          : {
              reexecute: { updates, trainer: trainerOn(pool), ...(seed === undefined ? {} : { seed }) },
            }),
      });
      for (const line of reportLines(report, terminal.colours)) terminal.line(line);
      terminal.result(report);
      process.exitCode = EXIT_CODES[report.outcome];
    } finally {
      network.close();
      await pool.close();
    }
  });
