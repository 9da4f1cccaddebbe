import type { TrainJob } from "../learning/engine/computeMessages.ts";
import type { TrainResult } from "../learning/federated/localTraining.ts";

/** In what an update differs from the training that it should come from. */
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
  | { outcome: "same"; update: string }
  | { outcome: "differs"; difference: Difference; why: string }
  /** Nobody but the worker can repeat it, or not here. */
  | { outcome: "unchecked"; why: string };

/** Trains as the update's worker says it did. */
export interface Trainer {
  /** Numeric classes whose bits this machine computes. */
  numericClasses: readonly string[];
  train(job: TrainJob): Promise<TrainResult>;
}
