import { dataLength } from "ethers";

import type { TransactionPlace } from "../../mechanisms/MechanismStatement.ts";
import { BILLION } from "../../numerics/Share.ts";
import { RECEIPT_BYTES } from "../../protocol/receipts.ts";
import { concernsTask } from "./concernsTask.ts";
import type { TaskEvent } from "./TaskEvent.ts";
import type {
  EscrowView,
  RoundView,
  SubchainRoundView,
  SubchainView,
  TaskView,
  WorkerView,
} from "./TaskView.ts";

const NO_ROUND: RoundView = {
  reported: new Map(),
  reportedIn: new Map(),
  attested: new Map(),
  result: undefined,
};

/**
 * What a task is like after one more event of its main chain or its subchains. Each chain's events come in its order;
 * how those of different chains are mixed makes no difference. Events that are not this task's change nothing.
 *
 * @example
 * const view = events.reduce(foldTask, unheardTask(1n, await main.termsOf(1n), manager));
 */
export function foldTask(view: TaskView, event: TaskEvent): TaskView {
  const { name, args, chainId, time } = event;
  if (!concernsTask(view, event)) return view;
  const place: TransactionPlace = { time, block: event.blockNumber, transaction: event.transactionHash };
  switch (name) {
    // The main chain's.
    case "TaskPublished":
      return { ...view, status: "Open", mechanismTerms: args.mechanismTerms };
    case "TaskRefused":
      return { ...view, refusal: args.reason };
    case "TaskClosed":
      return { ...view, status: args.status, endedAt: time, endedIn: place };
    case "Funded":
      return withEscrow(view, "funded", args.amount);
    case "Paid":
      return withEscrow(view, "paid", args.amount);
    case "Refunded":
      return withEscrow(view, "refunded", args.amount);
    case "RoundReported":
      return withRound(view, args.round, ({ reported, reportedIn, ...round }) => ({
        ...round,
        reported: new Map(reported).set(args.chainId, args.revealed),
        reportedIn: new Map(reportedIn).set(args.chainId, place),
      }));
    case "AggregateAttested":
      return withRound(view, args.round, ({ attested, ...round }) => ({
        ...round,
        attested: new Map(attested).set(args.aggregator, args.aggregateHash),
      }));
    case "RoundFinalized":
      return withRound(view, args.round, (round) => ({
        ...round,
        result: {
          finalizedAt: time,
          finalizedIn: place,
          globalModel: args.globalModel,
          score: args.scorePpb / BILLION,
          accepted: args.accepted,
          scores: args.scores,
        },
      }));
    case "EpochSettled":
      return withSubchain(view, args.chainId, (chain) => ({
        ...chain,
        settledWorkers: args.workers,
        settlementAt: time,
        settlementIn: place,
      }));
    case "RevealCredited":
      return withSubchain(view, args.chainId, (chain) =>
        chain.credited.includes(args.index)
          ? chain
          : {
              ...chain,
              credited: [...chain.credited, args.index],
              creditedIn: [...chain.creditedIn, place],
            },
      );
    case "RewardClaimed": {
      const payment = {
        chainId: args.chainId,
        worker: args.worker,
        acceptedRounds: args.acceptedRounds,
        amount: args.amount,
        at: time,
        paidIn: place,
      };
      return { ...view, payments: [...view.payments, payment] };
    }
    // A subchain's.
    case "TaskArrived":
      return withSubchain(view, chainId, (chain) => ({ ...chain, arrivedAt: time }));
    case "WorkerEnrolled": {
      const worker: WorkerView = {
        worker: args.worker,
        enrolledAt: time,
        enrolledIn: place,
        choice: args.choice,
        refreshes: [],
        refreshedIn: [],
        firstBatch: undefined,
        work: undefined,
        recordedIn: undefined,
      };
      return withSubchain(view, chainId, (chain) => ({ ...chain, workers: [...chain.workers, worker] }));
    }
    case "DataRefreshed":
      return withWorker(view, chainId, args.worker, (worker) => refreshed(worker, place));
    case "TwinSynchronized":
      return synchronized(view, chainId, { twin: args.twin, batch: args.dataDigest, place });
    case "WorkRecorded":
      return withWorker(view, chainId, args.worker, (worker) => ({
        ...worker,
        work: args.work,
        recordedIn: place,
      }));
    case "RoundStarted": {
      const round: SubchainRoundView = {
        openedAt: args.openedAt,
        startedIn: place,
        commitsClosedAt: undefined,
        commitsClosedIn: undefined,
        revealsOpenedAt: undefined,
        closedAt: undefined,
        closedIn: undefined,
        abandoned: false,
        committed: [],
        committedIn: [],
        revealed: [],
        revealedIn: [],
      };
      return withSubchain(view, chainId, (chain) => ({ ...chain, rounds: [...chain.rounds, round] }));
    }
    case "UpdateCommitted":
      return withSubchainRound(view, chainId, args.round, (round) => ({
        ...round,
        committed: [...round.committed, args.worker],
        committedIn: [...round.committedIn, place],
      }));
    case "CommitsClosed":
      return withSubchainRound(view, chainId, args.round, (round) => ({
        ...round,
        commitsClosedAt: time,
        commitsClosedIn: place,
      }));
    case "RevealsStarted":
      return withSubchainRound(view, chainId, args.round, (round) => ({ ...round, revealsOpenedAt: time }));
    case "UpdateRevealed":
      return withSubchainRound(view, chainId, args.round, (round) => ({
        ...round,
        revealed: [...round.revealed, args.worker],
        revealedIn: [
          ...round.revealedIn,
          {
            ...place,
            receipts: receiptsIn(args.receipts),
            update: args.update,
            samples: args.samples,
          },
        ],
      }));
    case "RoundClosed":
      return withSubchainRound(view, chainId, args.round, (round) => ({
        ...round,
        closedAt: time,
        closedIn: place,
      }));
    case "RoundAbandoned":
      return withSubchainRound(view, chainId, args.round, (round) => ({
        ...round,
        closedAt: time,
        closedIn: place,
        abandoned: true,
      }));
    case "TaskFinished":
      return withSubchain(view, chainId, (chain) => ({ ...chain, finished: true }));
    case "EpochClosed":
      return withSubchain(view, chainId, (chain) => ({ ...chain, settledAt: time }));
    default:
      return view;
  }
}

function withEscrow(view: TaskView, field: keyof EscrowView, amount: bigint): TaskView {
  return { ...view, escrow: { ...view.escrow, [field]: view.escrow[field] + amount } };
}

/** How many storage receipts a reveal has, whose bytes its subchain took. */
function receiptsIn(receipts: string): number {
  return dataLength(receipts) / RECEIPT_BYTES;
}

function refreshed(worker: WorkerView, place: TransactionPlace): WorkerView {
  return {
    ...worker,
    refreshes: [...worker.refreshes, place.time],
    refreshedIn: [...worker.refreshedIn, place],
  };
}

/** What comes to a twin first counts as its own where that is before anything that it committed to. */
function synchronized(
  view: TaskView,
  chainId: bigint,
  { twin, batch, place }: { twin: string; batch: string; place: TransactionPlace },
): TaskView {
  const rounds = view.subchains.find((chain) => chain.chainId === chainId)?.rounds ?? [];
  return withWorker(view, chainId, twin, (worker) => ({
    ...refreshed(worker, place),
    firstBatch:
      worker.firstBatch ?? (rounds.some(({ committed }) => committed.includes(twin)) ? undefined : batch),
  }));
}

function withRound(view: TaskView, index: number, change: (round: RoundView) => RoundView): TaskView {
  const rounds = [...view.rounds];
  // A report of a later round than any before: those between may never be heard of.
  while (rounds.length <= index) rounds.push(NO_ROUND);
  return { ...view, rounds: rounds.with(index, change(rounds[index]!)) };
}

function withSubchain(
  view: TaskView,
  chainId: bigint,
  change: (chain: SubchainView) => SubchainView,
): TaskView {
  const subchains = view.subchains.map((chain) => (chain.chainId === chainId ? change(chain) : chain));
  return { ...view, subchains };
}

function withWorker(
  view: TaskView,
  chainId: bigint,
  worker: string,
  change: (worker: WorkerView) => WorkerView,
): TaskView {
  return withSubchain(view, chainId, (chain) => ({
    ...chain,
    workers: chain.workers.map((other) => (other.worker === worker ? change(other) : other)),
  }));
}

function withSubchainRound(
  view: TaskView,
  chainId: bigint,
  index: number,
  change: (round: SubchainRoundView) => SubchainRoundView,
): TaskView {
  return withSubchain(view, chainId, (chain) => ({
    ...chain,
    rounds: chain.rounds.map((round, i) => (i === index ? change(round) : round)),
  }));
}
