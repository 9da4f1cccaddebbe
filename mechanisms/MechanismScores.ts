import type { TaskTerms } from "../protocol/taskTerms.ts";

/** A round as aggregators agree on it. */
export interface ScoredRound {
  task: bigint;
  /** From 0. */
  round: number;
  terms: TaskTerms;
  /** Hex. */
  mechanismTerms: string;
  /** Storage digest of the model that it started from. */
  base: string;
  /** Everybody who revealed an update, by subchain in the order of the terms. */
  revealed: readonly {
    chainId: bigint;
    index: number;
    worker: string;
    update: string;
    samples: number;
    accepted: boolean;
    /**
     * Storage digest of what was synchronized to the worker first, where that was before its first commit of the task:
     * its own samples, which it was bound to before anything of the rounds that it takes part in was revealed. Undefined for who keeps its data to
     * itself, as devices do, and for mechanisms that do not look at batches (`Mechanism.scoresBatches`).
     */
    firstBatch: string | undefined;
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

/** A model to look at: a global model by its storage digest, or what an accepted update makes of the one it is on. */
export type ScoredModel = { readonly global: string } | { readonly base: string; readonly update: string };

/** What the core lends to whoever scores: all aggregators, and an auditor after them, get the same answers from it. */
export interface ScoringTools {
  /** How many samples the task's specification holds out. */
  heldOut(): Promise<number>;
  /** How many samples there are in a worker's first batch; 0 where its bytes are none that the task's model can be looked at on. */
  batch(digest: string): Promise<number>;
  /**
   * A model's loss on some of them, in their order: the Brier loss Σ_k (p_k − y_k)² of a classification, in [0, 2]; the
   * squared error elsewhere. The same bits everywhere.
   *
   * @param samples - Their places, from 0, among those that are held out, or
   * @param batch - of a batch that has samples, by its digest.
   */
  losses(model: ScoredModel, samples: Uint32Array, batch?: string): Promise<Float64Array>;
}

/**
 * Scores workers after a round. All aggregators, and an auditor after them, must come to the same: it follows from what
 * is given alone. An empty list leaves what was attested before.
 */
export type MechanismScores = (round: ScoredRound, tools: ScoringTools) => Promise<readonly WorkerScore[]>;
