import type { BaseErrorParameters } from "../../protocol/BaseError.ts";
import type { Dataset } from "../datasets/Dataset.ts";
import type { Correction } from "../federated/GradientCorrection.ts";
import type { TrainResult } from "../federated/localTraining.ts";
import type { TrainingConfig } from "../federated/TrainingConfig.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import type { NumericClass } from "./NumericClass.ts";

/** A local training, as a message to a compute thread. */
export interface TrainJob {
  readonly spec: ModelSpec;
  /** The global model to start from. */
  readonly parameters: ModelParameters;
  readonly dataset: Dataset;
  readonly training: TrainingConfig;
  /** What the round's strategy adds to every gradient. */
  readonly correction?: Correction | undefined;
  /** Seed and stream of the `SeededRandom` that shuffles and draws dropout's masks; the same job gives the same bits. */
  readonly seed: number;
  readonly stream: readonly (string | number)[];
}

/** An evaluation, as a message to a compute thread. */
export interface EvaluateJob {
  readonly spec: ModelSpec;
  readonly parameters: ModelParameters;
  readonly dataset: Dataset;
}

/** How the engines of a pool's threads compute: each thread has one. */
export type EngineMode = "strict" | "fast";

/** A job on its way to a thread of the mode's. */
export type Threaded<Job> = Job & { readonly mode: EngineMode };

/** A training with what computed it. */
export interface TrainedInThread extends TrainResult {
  readonly engine: { readonly numericClass: NumericClass; readonly kind: "wasm" | "native" };
}

/** How a compute thread answers: a `BaseError` would lose its code on the way. */
export type ComputeReply<T> = {
  /** How large the thread's heap has grown. */
  readonly heapBytes: number;
} & (
  | { readonly ok: true; readonly result: T }
  | {
      readonly ok: false;
      readonly code: string;
      readonly shortMessage: string;
      readonly parameters: BaseErrorParameters;
    }
);
