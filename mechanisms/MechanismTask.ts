import type { z } from "zod";

import type { ModelTask } from "../learning/models/ModelTask.ts";

/** What a mechanism may go by when it sets a task's terms. */
export interface TaskFrame {
  /** T, seconds. */
  epochSeconds: number;
  /** How many rounds at the most. */
  rounds: number;
  /** Most workers a subchain. */
  maxWorkers: number;
  /** How many subchains take part. */
  subchains: number;
  /** Most samples of an update. */
  maxSamples?: number;
  /** Who publishes it, an address; undefined where that is not known yet. */
  publisher?: string | undefined;
  /** Whether workers are drawn for rounds, so that not all take part in each. */
  samples?: boolean;
  /** What its models predict. */
  predicts?: ModelTask;
}

/** A mechanism's terms of one task. */
export interface MechanismTerms {
  /** As its policy and meter decode them, hex. */
  encoded: string;
  /** The most that the whole task can pay, wei. */
  worstCase: bigint;
}

/** A time of a reward that is too short for a task's chains, and why. */
export interface ShortRewardTime {
  /** Of `reward`. */
  field: string;
  /** What it is, and what it has to be at the least, seconds. */
  is: number;
  needed: number;
  why: string;
}

/** A rule that joins fields of a task file, for docs/task-spec.md. */
export interface TaskRule {
  /** What must hold. */
  rule: string;
  /** Who checks it, and how it says so. */
  checkedBy: string;
}

/** A mechanism's part of task files. */
export interface MechanismTask {
  /** What it pays for, in a sentence for docs/task-spec.md. */
  readonly description: string;
  /** Fields of `reward` besides `policy`, `token` and `budget`, in the order in which they are stored. */
  readonly rewardFields: z.ZodRawShape;
  /** Rules of its fields that the schema does not tell, and what else to know of them; Markdown. */
  readonly rules: readonly TaskRule[];
  readonly remarks?: string;
  /**
   * The terms that a reward asks for.
   *
   * @param reward - `reward` of a task file, as `rewardFields` parsed it.
   * @throws BaseError when there are no such terms.
   */
  terms(reward: Readonly<Record<string, unknown>>, frame: TaskFrame): MechanismTerms;
  /**
   * What its publisher should know of such terms before they are published, in sentences.
   *
   * @throws BaseError when its policy would refuse them.
   */
  warnings?(reward: Readonly<Record<string, unknown>>, frame: TaskFrame): string[];
  /**
   * Times of a reward that the task's chains cannot keep.
   *
   * @param heardSeconds - How long after its opening on the main chain a round is begun by who hears of it on a
   *   subchain, at the most.
   */
  shortTimes?(
    reward: Readonly<Record<string, unknown>>,
    frame: TaskFrame,
    heardSeconds: number,
  ): readonly ShortRewardTime[];
}
