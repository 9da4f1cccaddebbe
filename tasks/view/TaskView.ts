import type { TransactionPlace } from "../../mechanisms/MechanismStatement.ts";
import type { TaskStatus } from "../../protocol/messages.ts";
import type { NO_SCORES } from "../../protocol/scores.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";

/**
 * A task as the events of its chains tell it so far. Amounts are wei, times Unix seconds. What a chain told is kept
 * apart from what the others told, so the order in which chains are heard does not matter.
 */
export interface TaskView {
  readonly task: bigint;
  /** The task manager that it was published to: with it, the task's account in the escrow is named. */
  readonly manager: string;
  readonly terms: TaskTerms;
  readonly status: TaskStatus;
  /** What its mechanism decodes; undefined before it is heard of on the main chain. */
  readonly mechanismTerms: string | undefined;
  /** When no further round opens; undefined while the task is open. */
  readonly endedAt: number | undefined;
  readonly endedIn: TransactionPlace | undefined;
  /** Why the relay chain refused it: revert data; undefined if it did not. */
  readonly refusal: string | undefined;
  readonly escrow: EscrowView;
  /** Rounds that the main chain heard of, from the first. */
  readonly rounds: readonly RoundView[];
  /** In the order of the terms. */
  readonly subchains: readonly SubchainView[];
  /** In the order of the claims. */
  readonly payments: readonly PaymentView[];
}

/** The task's account, wei: what it holds is funded − paid − refunded. */
export interface EscrowView {
  readonly funded: bigint;
  readonly paid: bigint;
  readonly refunded: bigint;
}

/** A round as the main chain tells it. */
export interface RoundView {
  /** Revealed updates of the subchains whose report is in, by chain id. */
  readonly reported: ReadonlyMap<bigint, number>;
  /** Where those reports arrived. */
  readonly reportedIn: ReadonlyMap<bigint, TransactionPlace>;
  /** What each aggregator attested last: the aggregate's hash. */
  readonly attested: ReadonlyMap<string, string>;
  /** What it produced; undefined before it is final. */
  readonly result: RoundResult | undefined;
}

/** What a round produced. */
export interface RoundResult {
  readonly finalizedAt: number;
  readonly finalizedIn: TransactionPlace;
  readonly globalModel: string;
  /** The model's score on held-out data, 0 to 1. */
  readonly score: number;
  /** A subchain, in the order of the terms: words of 256 bits, set where the worker of that index was taken. */
  readonly accepted: readonly (readonly bigint[])[];
  /** What was attested about workers, under one root and in a file; zero where nothing was. */
  readonly scores: Readonly<Record<keyof typeof NO_SCORES, string>>;
}

/** The task on a subchain. */
export interface SubchainView {
  readonly chainId: bigint;
  /** When it arrived there; undefined before. */
  readonly arrivedAt: number | undefined;
  /** By index. */
  readonly workers: readonly WorkerView[];
  /** Rounds that it opened, from the first. */
  readonly rounds: readonly SubchainRoundView[];
  /** Whether it has heard that the rounds are over. */
  readonly finished: boolean;
  /** When every worker's record was under the root that it reported; undefined before. */
  readonly settledAt: number | undefined;
  /** How many workers that report has on the main chain; undefined before it is there. */
  readonly settledWorkers: number | undefined;
  /** When that report arrived there; undefined before. */
  readonly settlementAt: number | undefined;
  readonly settlementIn: TransactionPlace | undefined;
  /** Indices of the workers that the main chain credited with what they revealed in the round of an expired task. */
  readonly credited: readonly number[];
  /** Where they were, in the same order. */
  readonly creditedIn: readonly TransactionPlace[];
}

/** A worker in a task. Only its mechanism knows what `choice` and `work` mean. */
export interface WorkerView {
  readonly worker: string;
  readonly enrolledAt: number;
  readonly enrolledIn: TransactionPlace;
  /** What it enrolled with. */
  readonly choice: string;
  /** When its data were refreshed. */
  readonly refreshes: readonly number[];
  /** Where they were, in the same order. */
  readonly refreshedIn: readonly TransactionPlace[];
  /** Storage digest of what was synchronized to it first, where that was before its first commit (`firstBatches`). */
  readonly firstBatch: string | undefined;
  /** What its work amounted to; undefined before its subchain recorded it. */
  readonly work: string | undefined;
  readonly recordedIn: TransactionPlace | undefined;
}

/** A round on a subchain. */
export interface SubchainRoundView {
  /** When it opened on the main chain, the same on all subchains. */
  readonly openedAt: number;
  readonly startedIn: TransactionPlace;
  /** When it was closed to further commits early; undefined if that has not been so. */
  readonly commitsClosedAt: number | undefined;
  readonly commitsClosedIn: TransactionPlace | undefined;
  /** When reveals began early; undefined if that has not been so. */
  readonly revealsOpenedAt: number | undefined;
  /** When it was closed or abandoned; undefined while it is open. */
  readonly closedAt: number | undefined;
  readonly closedIn: TransactionPlace | undefined;
  /** Whether the main chain went on without it: its updates do not count. */
  readonly abandoned: boolean;
  /** Workers, in the order of their commitments. */
  readonly committed: readonly string[];
  /** Where they were, in the same order. */
  readonly committedIn: readonly TransactionPlace[];
  /** Workers, in the order of their reveals. */
  readonly revealed: readonly string[];
  /** Where they were, in the same order. */
  readonly revealedIn: readonly RevealPlace[];
}

/** Where an update was revealed. */
export interface RevealPlace extends TransactionPlace {
  /** How many storage receipts came with it, whatever they are worth. */
  readonly receipts: number;
  /** Storage digest of the update, and on how many samples it was trained. */
  readonly update: string;
  readonly samples: number;
}

/** A claim that was paid. */
export interface PaymentView {
  readonly chainId: bigint;
  readonly worker: string;
  readonly acceptedRounds: number;
  readonly amount: bigint;
  readonly at: number;
  readonly paidIn: TransactionPlace;
}

/** A task of which no event was heard yet. */
export function unheardTask(task: bigint, terms: TaskTerms, manager: string): TaskView {
  return {
    task,
    manager,
    terms,
    status: "None",
    mechanismTerms: undefined,
    endedAt: undefined,
    endedIn: undefined,
    refusal: undefined,
    escrow: { funded: 0n, paid: 0n, refunded: 0n },
    rounds: [],
    subchains: terms.subchains.map((chainId) => ({
      chainId,
      arrivedAt: undefined,
      workers: [],
      rounds: [],
      finished: false,
      settledAt: undefined,
      settledWorkers: undefined,
      settlementAt: undefined,
      settlementIn: undefined,
      credited: [],
      creditedIn: [],
    })),
    payments: [],
  };
}
