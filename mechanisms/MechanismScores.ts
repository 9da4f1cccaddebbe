import type { TaskTerms } from "../protocol/taskTerms.ts";

/** A round as aggregators agree on it. */
export interface ScoredRound {
  task: bigint;
  /** From 0. */
  round: number;
  terms: TaskTerms;
  /** Hex. */
  mechanismTerms: string;
  /** Everybody who revealed an update, by subchain in the order of the terms. */
  revealed: readonly {
    chainId: bigint;
    index: number;
    worker: string;
    update: string;
    samples: number;
    accepted: boolean;
  }[];
  /** What was attested last; empty in the first round that scores. */
  before: readonly WorkerScore[];
}

/** What aggregators attest about a worker; only the mechanism's policy knows what it means. */
export interface WorkerScore {
  chainId: bigint;
  /** The worker's place in the order of enrolment on its subchain, from 0. */
  index: number;
  /** Hex, not empty. */
  score: string;
}

/**
 * Scores workers after a round. All aggregators, and an auditor after them, must come to the same: it follows from what
 * is given alone. An empty list leaves what was attested before.
 */
export type MechanismScores = (round: ScoredRound) => readonly WorkerScore[];
