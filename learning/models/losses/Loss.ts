import type { Tensor2D } from "@tensorflow/tfjs";
import type { Engine } from "../../engine/Engine.ts";

/** A loss of one batch. */
export interface BatchLoss {
  /** The gradient of the batch's mean loss by the outputs, [batch, outputs]. */
  readonly gradient: Tensor2D;
  /** Sum over the samples of the loss of each; NaN or infinite when training has diverged. */
  readonly sum: number;
}

/** A loss function; call it inside `engine.tidy`. */
export type Loss = (
  engine: Engine,
  /** What the network gave, [batch, outputs]. */
  outputs: Tensor2D,
  /** What it should have given, [batch, outputs] row-major: one-hot classes, or real targets. */
  targets: Float32Array,
) => BatchLoss;
