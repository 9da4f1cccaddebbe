import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { MechanismView, TaskMoment, WorkerFacts } from "../../mechanisms/MechanismView.ts";
import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import { acceptedCount } from "../../protocol/acceptance.ts";
import { escrowHold, type HoldReason } from "./escrowHold.ts";
import type { RoundResult, TaskView } from "./TaskView.ts";
import { openRound, type TaskPhase, taskPhase } from "./taskPhase.ts";
import { type TaskWorker, workerHistories } from "./workerHistories.ts";

/** What `heldUntil` answers while the route from the relay chain is closed: the greatest number of 48 bits. */
const FOR_EVER = 2 ** 48 - 1;

/** A finalized round. */
export interface RoundSummary {
  /** From 1. */
  round: number;
  /** Score on the held-out data, from 0 to 1; only a classifier's is an accuracy (`measure`). */
  accuracy: number;
  /** Accepted updates by space. */
  updates: { virtual: number; physical: number };
  globalDigest: string;
}

/** What a worker was paid, and for what: also what the task's mechanism tells of it. */
export type PaymentSummary = WorkerFacts & {
  worker: string;
  chain: string;
  epochSeconds: number;
  acceptedRounds: number;
  /** Wei, decimal. */
  paid: string;
};

/** A task as machines are told of it. */
export interface TaskSummary {
  taskId: string;
  status: string;
  /** Where it is in its life; `round` is from 1, null outside of rounds. */
  phase: { name: TaskPhase["name"]; round: number | null };
  /** What the scores under `accuracy` are called, such as AUC; null where the specification cannot be read. */
  measure: string | null;
  rounds: RoundSummary[];
  finalAccuracy: number | null;
  payments: PaymentSummary[];
  /** What workers who can still claim have earned so far, wei, decimal; null where nothing can say. */
  due: string | null;
  /** Wei, decimal. */
  escrow: { funded: string; paid: string; refunded: string };
  /**
   * Until when what an ended task has left is held, Unix seconds, and for what: workers may claim, a subchain has not
   * settled, or the route from the relay chain was closed; with `until` null, it still is. Null while the task is open
   * and once the rest is the publisher's.
   */
  held: { until: number | null; why: HoldReason | "route" } | null;
}

/** What is needed to tell of a task besides its view. */
export interface TaskSummaryParameters {
  network: Pick<NetworkFile, "subchains">;
  /** Time of the chains, Unix seconds. */
  now: number;
  /** What the main chain answers to `heldUntil`; without it, routes are taken to be open. */
  heldUntil?: number;
  /** A worker's own cost, wei, where the caller knows it. */
  costOf?: (worker: string) => bigint | undefined;
  /** What the task's scores are called, where its specification is known. */
  measure?: string | undefined;
}

/** Tells a task's story: rounds, payments, escrow. */
export function taskSummary(
  view: TaskView,
  { network, now, heldUntil, costOf, measure }: TaskSummaryParameters,
): TaskSummary {
  const { terms, escrow, mechanismTerms } = view;
  const phase = taskPhase(view, now);
  const placeOf = (chainId: bigint) => network.subchains.find((place) => BigInt(place.chainId) === chainId);
  const mechanism = knownMechanism(terms.mechanism)?.view;
  const moment: TaskMoment = { terms, mechanismTerms, now };
  const workers = workerHistories(view, costOf);
  const roles = terms.subchains.map((chainId) => placeOf(chainId)?.role);
  const rounds = view.rounds.flatMap(({ result }, i) =>
    result === undefined ? [] : [roundSummary(i + 1, result, roles)],
  );
  const payments = view.payments.flatMap((payment) => {
    const worker = workers.find(
      (other) => other.worker === payment.worker && other.chainId === payment.chainId,
    );
    const summary: PaymentSummary = {
      worker: payment.worker,
      chain: placeOf(payment.chainId)?.name ?? String(payment.chainId),
      ...(worker === undefined ? {} : mechanism?.facts(worker, moment)),
      epochSeconds: terms.schedule.epochSeconds,
      acceptedRounds: payment.acceptedRounds,
      paid: String(payment.amount),
    };
    return { summary, choice: worker?.choice ?? "" };
  });
  return {
    taskId: String(view.task),
    status: view.status,
    phase: { name: phase.name, round: "round" in phase ? phase.round + 1 : null },
    measure: measure ?? null,
    rounds,
    finalAccuracy: rounds.at(-1)?.accuracy ?? null,
    payments: payments
      .sort(
        (a, b) =>
          a.summary.chain.localeCompare(b.summary.chain, "en") ||
          a.choice.localeCompare(b.choice, "en") ||
          a.summary.worker.localeCompare(b.summary.worker, "en"),
      )
      .map(({ summary }) => summary),
    due: mechanism === undefined ? null : String(dueSoFar(view, workers, mechanism, moment)),
    escrow: {
      funded: String(escrow.funded),
      paid: String(escrow.paid),
      refunded: String(escrow.refunded),
    },
    held: holdOf(view, phase, heldUntil),
  };
}

function holdOf(view: TaskView, phase: TaskPhase, heldUntil: number | undefined): TaskSummary["held"] {
  const hold = escrowHold(view);
  if (view.endedAt === undefined || hold === undefined || phase.name === "ended") return null;
  if (heldUntil === undefined || heldUntil <= hold.until) return phase.name === "refunding" ? null : hold;
  return { until: heldUntil === FOR_EVER ? null : heldUntil, why: "route" };
}

/** What workers have earned and can still claim, wei. */
function dueSoFar(
  view: TaskView,
  workers: readonly TaskWorker[],
  mechanism: MechanismView,
  moment: TaskMoment,
): bigint {
  const { name } = taskPhase(view, moment.now);
  if (name === "refunding" || name === "ended") return 0n;
  const claimed = new Set(view.payments.map(({ chainId, worker }) => `${chainId}/${worker}`));
  return (
    workers
      .filter(({ chainId, worker }) => !claimed.has(`${chainId}/${worker}`))
      // Before any round is final nothing is owed for what was not credited, whatever the mechanism pays for.
      .filter(({ acceptedRounds }) => openRound(view) + acceptedRounds > 0)
      .reduce((sum, worker) => sum + mechanism.due(worker, moment), 0n)
  );
}

function roundSummary(
  round: number,
  { score, globalModel, accepted }: RoundResult,
  roles: readonly (string | undefined)[],
): RoundSummary {
  const updates = { virtual: 0, physical: 0 };
  for (const [i, role] of roles.entries()) {
    if (role === "virtual" || role === "physical") updates[role] += acceptedCount(accepted[i] ?? []);
  }
  return { round, accuracy: score, updates, globalDigest: globalModel };
}
