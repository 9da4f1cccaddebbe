import type { SubchainTask } from "../chains/clients/Subchain.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { Mechanism } from "../mechanisms/Mechanism.ts";
import type { RefreshSchedule } from "../mechanisms/MechanismWorker.ts";
import type { ReceiptRule } from "../protocol/receipts.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import type { TaskOffer } from "./openOffers.ts";
import type { EpochTimes } from "./streamSchedule.ts";

/** A task as a worker sees it. */
export interface TaskContext {
  task: bigint;
  /** As it was made to the worker. */
  offer: TaskOffer;
  spec: TaskSpec;
  terms: SubchainTask;
  times: EpochTimes;
  /** Whose storage receipts its updates need. */
  receipts: ReceiptRule;
  /** What its subchain draws rounds' workers from, once that was read. */
  beacon: { known: string | undefined };
  /** Of the worker's subchain among the task's. */
  place: number;
  mechanism: Mechanism;
  /** As the mechanism decodes them, hex. */
  mechanismTerms: string;
  /** What the worker enrolled with, hex. */
  choice: string;
  /** The worker's place in the order of enrolment, from 0. */
  index: number;
  /** When it refreshes, by what it chose. */
  schedule: RefreshSchedule;
}

/** What a worker trains on in a round. */
export interface RoundData {
  /** Newest last. */
  dataset: Dataset;
  /** Storage digests of the batches that the samples come from, oldest first; undefined when nobody else may see them. */
  batches?: readonly string[];
}

/** Where a worker's training data come from. */
export interface TrainingData {
  /**
   * Resolves once there is something to train on.
   *
   * @returns How many samples there will be in all, undefined where nobody here knows.
   * @throws BaseError naming why there is nothing.
   */
  ready(): Promise<number | undefined>;
  /** Resolves when the round's data are there, or it is too late to wait for them. */
  arrived(context: TaskContext, round: number, signal: AbortSignal): Promise<void>;
  /** What a round may train on, of what is there. */
  dataFor(context: TaskContext, round: number): Promise<RoundData>;
  /** Keeps the data fresh on the worker's schedule, while the epoch lasts; resolves when nothing is left to do. */
  keepFresh(context: TaskContext, signal: AbortSignal): Promise<void>;
}
