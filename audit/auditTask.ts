import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { Mechanism } from "../mechanisms/Mechanism.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskStatus } from "../protocol/messages.ts";
import { shownUrl } from "../protocol/shownUrl.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { AuditFailure } from "./AuditFailure.ts";
import {
  type AuditListener,
  type AuditReport,
  type CheckReport,
  type Outcome,
  outcomeOf,
} from "./AuditReport.ts";
import { errorNext } from "./errorNext.ts";
import { errorSentence } from "./errorSentence.ts";
import { checkEscrow } from "./escrow/checkEscrow.ts";
import { checkPayments } from "./escrow/checkPayments.ts";
import type { Evidence } from "./evidence/Evidence.ts";
import { type Connect, gatherEvidence } from "./evidence/gatherEvidence.ts";
import { checkChains } from "./messages/checkChains.ts";
import { checkMessages } from "./messages/checkMessages.ts";
import { NotExamined } from "./NotExamined.ts";
import { onOneHistory } from "./onOneHistory.ts";
import { checkReexecution, type ReexecutionOptions } from "./reexecution/checkReexecution.ts";
import { repeatableNote } from "./reexecution/repeatableNote.ts";
import { checkAggregates } from "./rounds/checkAggregates.ts";
import type { Scoring } from "./rounds/checkScores.ts";
import { checkTerms } from "./rounds/checkTerms.ts";
import { checkUpdates } from "./rounds/checkUpdates.ts";
import { checkWork } from "./rounds/checkWork.ts";
import type { Evaluate } from "./rounds/scoreFinding.ts";
import { Tally } from "./Tally.ts";

/** What an audit works with. */
export interface AuditModules {
  storage: ContentStore;
  /** Whether nothing is to be had from anywhere else, as of a bundle. */
  storageIsAll?: boolean;
  listener?: AuditListener;
  /** Evaluates a model on the task's held-out data; without it accuracies are taken as attested. */
  evaluate?: Evaluate;
  /** Scores workers again on it, where their mechanism does; without it scores are taken as attested. */
  scoring?: Scoring;
  /** Answers for the chains; the endpoints of the network file unless given. */
  connect?: Connect;
  /** Looks at what the checks went by, once all were made. */
  afterwards?: (evidence: Evidence) => Promise<unknown>;
  /** Repeats the training of some updates; without it the audit says how many could be. */
  reexecute?: ReexecutionOptions;
}

const AGAIN = "Audit the task again; if it stays so, ask other nodes and another storage.";

interface Check {
  name: string;
  title: string;
  unit: string;
  run(evidence: Evidence, tally: Tally, modules: AuditModules): Promise<void>;
  /** Whether it is made; always unless given. */
  wanted?(modules: AuditModules): boolean;
}

/** The checks of a task, in their order: those of the terms and of work are its mechanism's. */
const checksOf = (mechanism: Mechanism | undefined): readonly Check[] => [
  {
    name: "chains",
    title: "The chains are those of the network file and lead to each other",
    unit: "chains",
    run: checkChains,
  },
  {
    name: "messages",
    title: "Every message was proven, delivered once and forwarded unchanged",
    unit: "messages",
    run: checkMessages,
  },
  {
    name: "terms",
    title: "The terms are the specification's on every chain",
    unit: "terms",
    run: checkTerms,
  },
  ...(mechanism?.audit.checks ?? []).map(
    ({ name, title, unit, run }): Check => ({
      name,
      title,
      unit,
      run: async (evidence, tally) => run(await evidence.audited(), tally),
    }),
  ),
  {
    name: "updates",
    title: "Every update was committed, revealed, reported and stored",
    unit: "updates",
    run: async (evidence, tally, { reexecute, storageIsAll = false }) => {
      await checkUpdates(evidence, tally);
      if (reexecute === undefined) tally.note(await repeatableNote(evidence, { isAll: storageIsAll }));
    },
  },
  {
    name: "re-execution",
    title: "Repeating the training of sampled updates gives the same bytes",
    unit: "updates",
    run: (evidence, tally, { reexecute }) => checkReexecution(evidence, tally, reexecute!),
    wanted: ({ reexecute }) => reexecute !== undefined,
  },
  {
    name: "aggregates",
    title: "Every global model follows from the accepted updates",
    unit: "rounds",
    run: checkAggregates,
  },
  {
    name: mechanism?.audit.work.name ?? "work",
    title: mechanism?.audit.work.title ?? "Work follows from what the blocks show",
    unit: "workers",
    run: checkWork,
  },
  {
    name: "payments",
    title: "Every payment is what its worker earned",
    unit: "payments",
    run: checkPayments,
  },
  {
    name: "escrow",
    title: "Funded = paid + refunded + held",
    unit: "movements",
    run: checkEscrow,
  },
];

/**
 * Audits a task: re-derives all that can be re-derived about it from the chains and
 * storage alone, and compares. Trusts no process of Freshet's; what it cannot see is
 * listed in docs/audit.md. A task that is still running is audited as far as it got.
 *
 * A check that fails ends with the first thing that does not hold; the others still run. What cannot be examined, as
 * others keep it back, is no failure and does not hold either.
 *
 * @throws `UNKNOWN_TASK` when the main chain has no such task; `CHAIN_REORGANIZED` (retryable) when a chain does not
 * stand still for as long as it is read.
 *
 * @example
 * const storage = new RemoteStore({ servers: [network.storage.url] });
 * const report = await auditTask(network, 1n, { storage });
 * if (report.outcome === "fails") console.error(report.failure?.message);
 */
export async function auditTask(
  network: NetworkFile,
  task: bigint,
  modules: AuditModules,
): Promise<AuditReport> {
  const { storage, connect, listener = () => undefined } = modules;
  return onOneHistory(
    () => gatherEvidence(network, task, { storage, listener, connect }),
    ({ evidence }) => auditEvidence(evidence, { ...modules, listener }),
  );
}

async function auditEvidence(
  evidence: Evidence,
  modules: AuditModules & { listener: AuditListener },
): Promise<AuditReport> {
  const { listener } = modules;
  const status = await statusOf(evidence);
  const checks: CheckReport[] = [];
  const mechanism = await evidence.mechanism().catch(() => undefined);
  for (const check of checksOf(mechanism).filter(({ wanted = () => true }) => wanted(modules))) {
    listener({ type: "check-started", name: check.name, title: check.title });
    const report = await runCheck(check, evidence, modules);
    listener({ type: "check-finished", check: report });
    checks.push(report);
  }
  await modules.afterwards?.(evidence);
  const failed = checks.find(({ outcome }) => outcome === "fails");
  const outcome = outcomeOf(checks);
  return {
    task: evidence.task,
    status,
    outcome,
    ok: outcome === "holds",
    checks,
    ...(failed === undefined ? {} : { failure: { check: failed.name, message: failed.failure! } }),
  };
}

async function runCheck({ name, title, unit, run }: Check, evidence: Evidence, modules: AuditModules) {
  const tally = new Tally();
  let failure: string | undefined;
  try {
    await run(evidence, tally, modules);
  } catch (error) {
    if (error instanceof AuditFailure) failure = error.message;
    // Whatever else keeps a check from its end keeps it from saying that all holds.
    else
      tally.miss(
        error instanceof NotExamined ? error : new NotExamined(errorSentence(error), errorNext(error, AGAIN)),
      );
  }
  const { examined, notes, unexamined } = tally;
  const outcome: Outcome = failure !== undefined ? "fails" : unexamined.count > 0 ? "unexamined" : "holds";
  const report: CheckReport = {
    name,
    title,
    outcome,
    ok: outcome === "holds",
    examined,
    unit,
    notes,
    ...(failure === undefined ? {} : { failure }),
    unexamined,
  };
  return report;
}

async function statusOf(evidence: Evidence): Promise<TaskStatus> {
  if (!evidence.chains.has(BigInt(evidence.network.main.chainId))) return "None";
  const { status } = await evidence.state();
  if (status !== "None") return status;
  throw new BaseError("UNKNOWN_TASK", `There is no task ${evidence.task}.`, {
    details: `Nothing was published under this number on the main chain at ${shownUrl(evidence.network.main.url)}.`,
    next: "List the tasks with: ./freshet task list.",
  });
}
