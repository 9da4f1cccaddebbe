import { availableParallelism } from "node:os";

import { Command } from "commander";

import { auditMarket } from "../../audit/auditMarket.ts";
import { auditTask } from "../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import { marketLines } from "../../audit/marketLines.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import { EXIT_CODES, reportLines } from "../../audit/report.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { requireMarket } from "../../mechanisms/markets.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { knownTask } from "../knownTask.ts";
import { DEFAULT_NETWORK_FILE, openNetwork } from "../openNetwork.ts";
import { HELD_OUT_OPTION, ownData } from "../ownData.ts";
import { ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { DATA_OPTION, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

interface AuditOptions {
  mechanism?: string;
  network: string;
  node?: string;
  reExecute?: string;
  seed?: string;
  data?: string;
  heldOut?: string;
  json?: boolean;
}

/** `freshet audit`. */
export const auditCommand = new Command("audit")
  .argument("[id]", "task")
  .option(
    "--mechanism <name>",
    "audit that mechanism's market, in which nothing is trained, instead of a task",
  )
  .option(
    "--network <file>",
    "network file: RPC addresses, contract addresses, storage",
    DEFAULT_NETWORK_FILE,
  )
  .option(...READING_NODE_OPTION)
  .option("--re-execute <updates>", "repeat the training of this many updates of virtual workers")
  .option("--seed <number>", "which updates to repeat, instead of those that the latest block's hash draws")
  .option("--data <dir>", DATA_OPTION)
  .option(...HELD_OUT_OPTION)
  .option("--json", "print JSON")
  .action(async (id: string | undefined, options: AuditOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    if (options.mechanism !== undefined) {
      refuseTaskOptions(id, options);
      await auditMarketOf(options.mechanism, options, terminal);
      return;
    }
    if (id === undefined) {
      throw new BaseError("OPTION_INVALID", "There is nothing to audit.", {
        next: "Give a task's number, or --mechanism NAME for a market in which nothing is trained.",
      });
    }
    const updates =
      options.reExecute === undefined ? 0 : wholeNumber(options.reExecute, "--re-execute", 1, 1_000_000);
    const seed = options.seed === undefined ? undefined : wholeNumber(options.seed, "--seed", 0, 0xffffffff);
    const network = await openNetwork(options.network, await ownNode(options, []));
    const pool = new ComputePool({ threads: availableParallelism() });
    try {
      const data = await ownData(options);
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

/** A market has no tasks, and trains nothing that could be repeated. */
function refuseTaskOptions(id: string | undefined, { reExecute, seed, data, heldOut }: AuditOptions): void {
  const given = Object.entries({
    [`the task ${id}`]: id,
    "--re-execute": reExecute,
    "--seed": seed,
    "--data": data,
    "--held-out": heldOut,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (given.length === 0) return;
  throw new BaseError(
    "OPTION_INVALID",
    `--mechanism audits a whole market: it takes no ${given.join(", no ")}.`,
    {
      next: "Leave them out, or leave out --mechanism to audit a task.",
    },
  );
}

/** Audits a market that is no task. */
async function auditMarketOf(
  mechanism: string,
  options: Pick<AuditOptions, "network" | "node">,
  terminal: Terminal,
): Promise<void> {
  const market = requireMarket(mechanism);
  const { network, storage } = await ownNode(options, []);
  const report = await auditMarket(network, market, { storage });
  for (const line of marketLines(report, terminal.colours)) terminal.line(line);
  terminal.result(report);
  process.exitCode = EXIT_CODES[report.outcome];
}
