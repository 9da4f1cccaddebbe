import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { PolicyEvent } from "./MechanismStatement.ts";

/** An update that a worker revealed; times are Unix seconds. */
export interface PastUpdate {
  /** From 0. */
  readonly round: number;
  readonly samples: number;
  /** When its round opened on the main chain. */
  readonly openedAt: number;
  readonly committedAt: number;
  readonly revealedAt: number;
  /** Whether the round's aggregate took it, or it was credited. */
  readonly isTaken: boolean;
}

/** What a worker's own mechanism tells others of it; undefined where it does not know it. */
export interface PastFacts {
  /** What a refresh of its data costs it, wei, as far as its choice tells. */
  readonly refreshCost?: bigint | undefined;
  /** How long its data counted as fresh after a refresh, by what it had promised, seconds. */
  readonly freshSeconds?: number | undefined;
}

/** What a worker of a task did, as any mechanism can look at it. Times are Unix seconds, lists in the order of the chain. */
export interface PastWorker extends PastFacts {
  readonly worker: string;
  readonly chainId: bigint;
  readonly enrolledAt: number;
  readonly refreshes: readonly number[];
  /** Those that it revealed. */
  readonly updates: readonly PastUpdate[];
  /** Rounds that took its update, of those that count. */
  readonly acceptedRounds: number;
  readonly countedRounds: number;
  /** What it enrolled with, hex; only the task's own mechanism can read it. */
  readonly choice: string;
  /** What its work amounted to, hex; undefined before its subchain recorded it. Only the task's own mechanism can read it. */
  readonly work: string | undefined;
  /** What aggregators attest about it, hex, `0x` for nothing, by the mechanism that reads it; without one where nobody looked. */
  readonly scores: Readonly<Record<string, string>>;
  /**
   * The share of the held-out loss that its updates took away, a mean over the rounds that took them, billionths; undefined
   * where no mechanism has scored it.
   */
  readonly gainPpb?: number | undefined;
}

/** A round on a subchain. */
export interface PastRound {
  /** From 0. */
  readonly round: number;
  /** When it opened on the main chain, and when it began on the subchain, Unix seconds. */
  readonly openedAt: number;
  readonly time: number;
}

/** What happened in a task: what can be paid for, whatever it was paid by. */
export interface PastTask {
  readonly task: bigint;
  /** The mechanism that it ran under, by name, and its terms, hex. */
  readonly mechanism: string;
  readonly mechanismTerms: string;
  readonly terms: TaskTerms;
  /** Of the main chain, Unix seconds: of what was not recorded yet, what comes later is not counted. */
  readonly now: number;
  /** Events of its mechanism's policy about it; undefined where nobody looked. */
  readonly policyEvents: readonly PolicyEvent[] | undefined;
  /** The rounds that each of its subchains opened, by chain id. */
  readonly rounds: ReadonlyMap<bigint, readonly PastRound[]>;
  /** By subchain and in the order of enrolment. */
  readonly workers: readonly PastWorker[];
}

/**
 * By what each worker's choice is known under other terms: by what it chose in fact, or by its own interest, which takes
 * an assumption about its costs.
 */
export type ChooseBy = "recorded" | "best";

/** Terms of a mechanism that a task is paid by, whatever it ran under. */
export interface OtherTerms {
  /** Hex. */
  readonly mechanismTerms: string;
  readonly choose: ChooseBy;
}

/** What a worker would have earned. */
export interface ResettledPay {
  /** Wei. */
  readonly amount: bigint;
  /** What it follows from, in short: words without an end. */
  readonly why: string;
}

/** What all workers of a task would have earned. */
export interface Resettled {
  /** In the order of the task's workers. */
  readonly pays: readonly ResettledPay[];
  /** What had to be assumed, in sentences. */
  readonly assumptions: readonly string[];
}

/**
 * How a mechanism pays for what happened under any other, or under other terms of its own. Under the terms that a task
 * ran under it comes to what was paid, to the wei.
 */
export interface MechanismResettlement {
  /** What its own bytes tell others of a worker of a task that ran under it. */
  facts(
    worker: Pick<PastWorker, "worker" | "choice">,
    task: Pick<PastTask, "terms" | "mechanismTerms">,
  ): PastFacts;
  /** `PastWorker.gainPpb` by what was attested about a worker, hex, `0x` for nothing; of mechanisms that score such. */
  gainPpb?(score: string): number;
  /** What was attested about a worker, hex and not empty, in a few words; of mechanisms that score. */
  describeScore?(score: string): string;
  /** @throws BaseError `HISTORY_LACKS` where it cannot be known, which says what is missing. */
  settle(task: PastTask, terms: OtherTerms): Resettled;
}
