import { availableParallelism } from "node:os";

import { Command } from "commander";

import { auditMarket } from "../../audit/auditMarket.ts";
import { type AuditModules, auditTask } from "../../audit/auditTask.ts";
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
import { ownNode } from "../ownNode.ts";
import { DATA_OPTION, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { auditIntoBundle, auditOfBundle } from "./audit/bundles.ts";
import { roleNamed } from "./relay/payer.ts";

interface AuditOptions {
  mechanism?: string;
  network: string;
  node?: string;
  reExecute?: string;
  seed?: string;
  data?: string;
  heldOut?: string;
  bundle?: string;
  digestsOnly?: boolean;
  as: string;
  signer?: string;
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
  .option(
    "--node <file>",
    "node file with endpoints, storage, certificates and, for who signs a bundle, keys of your own (docs/keys.md)",
  )
  .option("--re-execute <updates>", "repeat the training of this many updates of virtual workers")
  .option("--seed <number>", "which updates to repeat, instead of those that the latest block's hash draws")
  .option("--data <dir>", DATA_OPTION)
  .option(...HELD_OUT_OPTION)
  .option(
    "--bundle <file>",
    "write all that the audit goes by into this new file; without a task, audit what is in it, and ask nobody",
  )
  .option("--digests-only", "leave files above 4 KiB out of the bundle, but for their digests")
  .option(
    "--as <role[:place]>",
    "whose key signs the bundle, with its place from 1 where a role has several",
    "publisher",
  )
  .option("--signer <address>", "refuse a bundle that somebody else signed")
  .option("--json", "print JSON")
  .action(async (id: string | undefined, options: AuditOptions, command: Command) => {
    const terminal = new Terminal({ json: options.json === true });
    const { bundle, mechanism } = options;
    if (mechanism !== undefined) {
      refuseTaskOptions(id, options);
      await auditMarketOf(mechanism, options, terminal);
      return;
    }
    if (id === undefined && bundle === undefined) {
      throw new BaseError("OPTION_INVALID", "There is nothing to audit.", {
        next: "Give a task's number, --mechanism NAME for a market in which nothing is trained, or --bundle FILE for what is in a bundle.",
      });
    }
    const pool = new ComputePool({ threads: availableParallelism() });
    try {
      const tools = await toolsOf(options, pool);
      if (id === undefined) {
        const isOwn = command.getOptionValueSource("network") !== "default";
        const own = isOwn ? options.network : undefined;
        await auditOfBundle({ ...options, bundle: bundle! }, own, { terminal, tools });
      } else await auditTaskOf(id, options, { terminal, tools });
    } finally {
      await pool.close();
    }
  });

/** What a task is audited with, beside chains and storage. */
async function toolsOf(options: AuditOptions, pool: ComputePool): Promise<Omit<AuditModules, "storage">> {
  const { reExecute } = options;
  const updates = reExecute === undefined ? 0 : wholeNumber(reExecute, "--re-execute", 1, 1_000_000);
  const seed = options.seed === undefined ? undefined : wholeNumber(options.seed, "--seed", 0, 0xffffffff);
  const data = await ownData(options);
  return {
    evaluate: heldOutEvaluation(pool, data),
    scoring: { pool, heldOutData: data.heldOutData },
    ...(updates === 0
      ? {}
      : {
          reexecute: { updates, trainer: trainerOn(pool), ...(seed === undefined ? {} : { seed }) },
        }),
  };
}

async function auditTaskOf(
  id: string,
  options: AuditOptions,
  { terminal, tools }: { terminal: Terminal; tools: Omit<AuditModules, "storage"> },
): Promise<void> {
  const { bundle } = options;
  const own = await ownNode(options, bundle === undefined ? [] : [roleNamed(options.as).role]);
  const network = await openNetwork(options.network, own);
  try {
    const task = await knownTask(network, id);
    if (bundle !== undefined) {
      const subject = { task: String(task) };
      await auditIntoBundle(subject, own, { ...options, bundle }, { terminal, tools });
      return;
    }
    const report = await auditTask(network.file, task, { ...tools, storage: network.storage });
    for (const line of reportLines(report, terminal.colours)) terminal.line(line);
    terminal.result(report);
    process.exitCode = EXIT_CODES[report.outcome];
  } finally {
    network.close();
  }
}

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
async function auditMarketOf(mechanism: string, options: AuditOptions, terminal: Terminal): Promise<void> {
  const market = requireMarket(mechanism);
  const { bundle } = options;
  const own = await ownNode(options, bundle === undefined ? [] : [roleNamed(options.as).role]);
  if (bundle !== undefined) {
    await auditIntoBundle({ market: market.name }, own, { ...options, bundle }, { terminal, tools: {} });
    return;
  }
  const { network, storage } = own;
  const report = await auditMarket(network, market, { storage });
  for (const line of marketLines(report, terminal.colours)) terminal.line(line);
  terminal.result(report);
  process.exitCode = EXIT_CODES[report.outcome];
}
