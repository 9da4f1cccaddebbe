import type { TrainJob } from "../../learning/training/TrainJob.ts";
import type { TrainResult } from "../../learning/training/trainLocally.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Reveal, SubchainRound } from "../evidence/subchainRounds.ts";

/** In what an update differs from the one that its training gives. */
export type Difference =
  | "format"
  | "engine class"
  | "data"
  | "samples"
  | "worker state"
  | "training"
  | "tensor"
  | "file";

/** What repeating an update's training showed. */
export type Reexecution =
  /** The same bytes came out. */
  | { outcome: "same" }
  | { outcome: "differs"; difference: Difference; why: string }
  /** Nobody but the worker can repeat it, or not here; `next` is what to do about it. */
  | { outcome: "unexamined"; why: string; next: string };

/** A reveal with where it was made. */
export interface RevealedHere {
  chain: ChainEvidence;
  round: SubchainRound;
  reveal: Reveal;
}

/** What trainings are repeated with. */
export interface Trainer {
  /** Numeric classes whose bits this machine computes. */
  numericClasses: readonly string[];
  train(job: TrainJob, numericClass: string): Promise<TrainResult>;
}
