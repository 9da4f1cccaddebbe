import type { PastTask, PastWorker } from "./MechanismResettlement.ts";

/** What one worker has a part in a budget for. */
export interface BaselineShare {
  /** In a unit of the baseline's, not below 0. */
  readonly weight: bigint;
  /** What it follows from, in short. */
  readonly why: string;
}

/**
 * A rule that divides a given budget, without terms of its own or contracts: what mechanisms are compared with. Its name is
 * none of a mechanism's.
 */
export interface Baseline {
  readonly name: string;
  /** What it pays for, in a few words. */
  readonly about: string;
  /** Whether it goes by what aggregators attest about workers. */
  readonly isByScores?: boolean;
  /**
   * @returns A share a worker, in their order.
   * @throws BaseError `HISTORY_LACKS` where the history does not tell what it divides by.
   */
  shares(task: {
    readonly task: PastTask["task"];
    readonly workers: readonly Pick<PastWorker, "worker" | "updates" | "acceptedRounds" | "gainPpb">[];
  }): readonly BaselineShare[];
}
