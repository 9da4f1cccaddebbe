import { access } from "node:fs/promises";

import type { AuditReport } from "../../../audit/AuditReport.ts";
import { auditMarket, type MarketAuditReport } from "../../../audit/auditMarket.ts";
import { type AuditModules, auditTask } from "../../../audit/auditTask.ts";
import { believedLines, believedOf } from "../../../audit/bundle/believed.ts";
import { gatherBundle } from "../../../audit/bundle/gatherBundle.ts";
import type { BundleSubject } from "../../../audit/bundle/manifest.ts";
import { openBundle } from "../../../audit/bundle/openBundle.ts";
import { readBundle } from "../../../audit/bundle/readBundle.ts";
import { writeBundle } from "../../../audit/bundle/writeBundle.ts";
import { marketLines } from "../../../audit/marketLines.ts";
import { readRepeatableFiles } from "../../../audit/reexecution/repeatableFiles.ts";
import { EXIT_CODES, reportLines } from "../../../audit/report.ts";
import { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { KeySigner } from "../../../chains/keys/KeySigner.ts";
import { LOCAL_KEYS } from "../../../chains/networks/localKeys.ts";
import { readNetworkFile } from "../../../chains/networks/networkFile.ts";
import { requireMarket } from "../../../mechanisms/markets.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { counted } from "../../../reports/counted.ts";
import type { OwnNode } from "../../ownNode.ts";
import type { Terminal } from "../../Terminal.ts";
import { roleNamed } from "../relay/payer.ts";

/** What the options say about bundles. */
export interface BundleOptions {
  network: string;
  bundle: string;
  as: string;
  digestsOnly?: boolean;
  signer?: string;
}

/** What checks of tasks are made with, beside chains and storage. */
type Tools = Omit<AuditModules, "storage" | "storageIsAll" | "connect" | "afterwards">;

/**
 * Audits a task, or a market, and writes what the audit went by into a bundle.
 *
 * @throws `BUNDLE_EXISTS`, `PUBLIC_KEY_REFUSED`, `KEY_MISSING`, and those of the audit, `gatherBundle` and `writeBundle`.
 */
export async function auditIntoBundle(
  subject: BundleSubject,
  own: OwnNode,
  options: BundleOptions,
  { terminal, tools }: { terminal: Terminal; tools: Tools },
): Promise<void> {
  const path = options.bundle;
  await requireNew(path);
  // First of all: who may not sign need not gather.
  const signer = await signerOf(own, options.as);
  terminal.status("auditing, and gathering what the audit goes by …");
  const began = systemClock.now();
  const { report, bundle } = await gatherBundle(
    {
      ...{ subject, reached: own.network, storage: own.storage, clock: systemClock },
      published: await readNetworkFile(options.network),
      digestsOnly: options.digestsOnly === true,
    },
    ({ connect, storage, hint }): Promise<AuditReport | MarketAuditReport> =>
      "task" in subject
        ? auditTask(own.network, BigInt(subject.task), {
            ...{ ...tools, connect, storage },
            ...(options.digestsOnly === true ? {} : { afterwards: readRepeatableFiles }),
          })
        : auditMarket(own.network, requireMarket(subject.market), { storage, connect, hint }),
  );
  terminal.status();
  for (const line of linesOf(report, terminal)) terminal.line(line);
  const { bytes } = await writeBundle(path, bundle, signer);
  const headers = bundle.chains.reduce((sum, chain) => sum + chain.headers.length, 0);
  const blocks = bundle.chains.reduce((sum, chain) => sum + chain.bodies.size, 0);
  const words = bundle.chains.reduce((sum, chain) => sum + chain.words.length, 0);
  const seconds = ((systemClock.now() - began) / 1000).toFixed(1);
  terminal.done(
    `${path}: ${bytes} bytes, signed by ${signer.address}: ${counted(headers, "header")}, ${counted(blocks, "whole block")}, ${counted(bundle.files.size, "file")}, ${counted(words, "answer")} that nothing proves (${seconds} s)`,
  );
  terminal.result({ ...report, bundle: { path, bytes, signer: signer.address, headers, blocks, words } });
  process.exitCode = EXIT_CODES[report.outcome];
}

/**
 * Audits what a bundle is about by nothing else than the bundle, and says whose word is left to believe.
 *
 * @param own - The path of the auditor's own network file, if there is one.
 * @throws `BUNDLE_OTHER_SIGNER`, and those of `readBundle`, `openBundle` and the audit.
 */
export async function auditOfBundle(
  { bundle: path, signer: wanted }: Pick<BundleOptions, "bundle" | "signer">,
  own: string | undefined,
  { terminal, tools }: { terminal: Terminal; tools: Tools },
): Promise<void> {
  terminal.status("reading the bundle …");
  const read = await readBundle(path);
  if (wanted !== undefined && wanted.toLowerCase() !== read.signer.toLowerCase()) {
    throw new BaseError("BUNDLE_OTHER_SIGNER", `${path} is signed by ${read.signer}, not by ${wanted}.`, {
      next: "Leave out --signer to audit it all the same: all but who gathered it is derived.",
    });
  }
  const opened = await openBundle(read.bundle, own === undefined ? undefined : await readNetworkFile(own));
  const { network, sources } = opened;
  const { connect, storage } = sources;
  const { subject } = read.bundle;
  terminal.status("auditing what is in it …");
  const report =
    "task" in subject
      ? await auditTask(network, BigInt(subject.task), { ...tools, connect, storage, storageIsAll: true })
      : await auditMarket(network, requireMarket(subject.market), sources);
  terminal.status();
  const believed = believedOf(read, opened, own !== undefined);
  for (const line of linesOf(report, terminal)) terminal.line(line);
  terminal.line();
  for (const line of believedLines(believed, read.bundle, terminal.colours)) terminal.line(line);
  terminal.result({ ...report, bundle: believed });
  process.exitCode = EXIT_CODES[report.outcome];
}

function linesOf(report: AuditReport | MarketAuditReport, { colours }: Terminal): string[] {
  return "task" in report ? reportLines(report, colours) : marketLines(report, colours);
}

async function requireNew(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  throw new BaseError("BUNDLE_EXISTS", `There is a file ${path} already.`, {
    next: "Name another, or leave out the task to audit the bundle that it is.",
  });
}

/** The key that `--as` names, which may be used on the main chain. */
async function signerOf({ network, keys = LOCAL_KEYS }: OwnNode, as: string): Promise<KeySigner> {
  const { role, index } = roleNamed(as);
  const key = keys.key(role, index);
  const client = ChainClient.open(network.main);
  try {
    await keys.requireAllowed((method) => client.rpc.request(method, []), client.url);
  } finally {
    client.close();
  }
  return key;
}
