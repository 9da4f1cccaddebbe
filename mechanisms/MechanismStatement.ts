import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { WorkerHistory } from "./MechanismView.ts";

/** Where on its chain something happened, for whoever wants to look it up. */
export interface TransactionPlace {
  /** Of its block, Unix seconds. */
  readonly time: number;
  readonly block: number;
  readonly transaction: string;
}

/** The same, with the chain. */
export interface StatedPlace extends TransactionPlace {
  readonly chainId: bigint;
}

/** A counted round that did not take a worker's update, or has not yet. */
export interface MissedRound {
  /** From 0. */
  readonly round: number;
  /** Whether it may still take it. */
  readonly isOpen: boolean;
  /** Why, as a sentence without its end. */
  readonly why: string;
  readonly evidence: readonly StatedPlace[];
}

/** A worker of a task, as a mechanism is asked what became of its pay. */
export interface StatedWorker extends Omit<WorkerHistory, "refreshes" | "cost"> {
  readonly chainId: bigint;
  /** When and where its data were refreshed, in the order of the chain. */
  readonly refreshes: readonly StatedPlace[];
  /** The other counted rounds: those that are over in their order, then the open ones. */
  readonly missed: readonly MissedRound[];
  /** What aggregators attested about it last, hex, `0x` for nothing; undefined where nobody looked. */
  readonly score: string | undefined;
}

/** Its task. */
export interface StatedTask {
  readonly task: bigint;
  readonly terms: TaskTerms;
  /** Hex. */
  readonly mechanismTerms: string;
  /** Of the chains, Unix seconds. */
  readonly now: number;
  /** Events of the mechanism's policy about the task, decoded; undefined where nobody looked. */
  readonly policyEvents: readonly PolicyEvent[] | undefined;
}

/** An event of a mechanism's policy. */
export interface PolicyEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Something that kept a worker from a part of what it could have earned. */
export interface StatedLoss {
  /** What kind of thing it is, for machines: words of the mechanism's, with hyphens. */
  readonly kind: string;
  /** Whether the amount may still be earned. */
  readonly isOpen: boolean;
  /** Wei. */
  readonly amount: bigint;
  /** What happened, as a sentence without its end. */
  readonly text: string;
  /** The round that it is about, from 0. */
  readonly round?: number;
  /** How long it lasted, seconds. */
  readonly seconds?: number;
  readonly evidence: readonly StatedPlace[];
}

/** What a worker could have earned, and what became of it. What is left after all losses is what it has earned. */
export interface StatedAccount {
  /** With nothing late and nothing missed, wei. */
  readonly possible: bigint;
  /** In the order in which they were taken off. */
  readonly losses: readonly StatedLoss[];
}

/**
 * How a mechanism explains pay. Losses may interact: each is worth by how much it lowers what those before it left, so
 * that they add up to the wei, with the divisions that the contracts round down by.
 */
export interface MechanismStatement {
  /** What could have been earned, and the order of the losses: sentences for people. */
  readonly rules: readonly string[];
  account(worker: StatedWorker, task: StatedTask): StatedAccount;
  /** Why its terms leave an address out, in a sentence; undefined where they do not. Everybody is meant unless given. */
  excluded?(worker: string, mechanismTerms: string): string | undefined;
}
