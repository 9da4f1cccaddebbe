import { availableParallelism } from "node:os";

import { Command } from "commander";

import { auditTask } from "../../audit/auditTask.ts";
import { reportLines } from "../../audit/report.ts";
import { ComputePool } from "../../learning/engine/ComputePool.ts";
import { heldOutEvaluation } from "../heldOutEvaluation.ts";
import { DEFAULT_NETWORK_FILE, openNetwork } from "../openNetwork.ts";
import { Terminal } from "../Terminal.ts";
import { knownTask } from "./task.ts";

/** `freshet audit`. */
export const auditCommand = new Command("audit")
  .description(
    "re-derive everything about a task from the chains and storage; exits 1 when something does not hold",
  )
  .argument("<id>", "task")
  .option(
    "--network <file>",
    "network file: RPC addresses, contract addresses, storage",
    DEFAULT_NETWORK_FILE,
  )
  .option("--json", "print JSON")
  .action(async (id: string, options: { network: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const network = await openNetwork(options.network);
    const pool = new ComputePool({ threads: availableParallelism() });
    try {
      const report = await auditTask(network.file, await knownTask(network, id), {
        storage: network.storage,
        evaluate: heldOutEvaluation(pool),
      });
      for (const line of reportLines(report, terminal.colours)) terminal.line(line);
      terminal.result(report);
      if (!report.ok) process.exitCode = 1;
    } finally {
      network.close();
      await pool.close();
    }
  });
