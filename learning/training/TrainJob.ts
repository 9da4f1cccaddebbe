import type { Dataset } from "../datasets/Dataset.ts";
import type { NumericClass } from "../engine/NumericClass.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import type { Correction } from "./GradientCorrection.ts";
import type { TrainingConfig } from "./TrainingConfig.ts";
import type { TrainResult } from "./trainLocally.ts";

/** A local training, as a message to a compute thread. */
export interface TrainJob {
  readonly spec: ModelSpec;
  /** The global model to start from. */
  readonly parameters: ModelParameters;
  readonly dataset: Dataset;
  readonly training: TrainingConfig;
  /** What the round's strategy adds to every gradient. */
  readonly correction?: Correction | undefined;
  /** Where the local model is written, in shared memory for another thread; new memory unless given. */
  readonly into?: ModelParameters | undefined;
  /** Seed and stream of the `SeededRandom` that shuffles and draws dropout's masks; the same job gives the same bits. */
  readonly seed: number;
  readonly stream: readonly (string | number)[];
}

/** A training with what computed it. */
export interface TrainedInThread extends TrainResult {
  readonly engine: { readonly numericClass: NumericClass; readonly kind: "wasm" | "native" };
}
