import type { Tensor } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { packOf } from "../packOf.ts";

/** The constants of a step of SGD. */
export interface SgdStepOptions {
  /** η > 0. */
  readonly learningRate: number;
  /** μ in [0, 1); counts only with a velocity. */
  readonly momentum: number;
  /** λ ≥ 0. */
  readonly weightDecay: number;
}

/**
 * g ← g + λw, v ← μv + g, w ← w − ηv, in place; without a velocity w ← w − η(g + λw).
 * Whoever shares the parameter's memory (a reshape, a clone) sees the change: use
 * it on tensors that the optimizer owns.
 */
export function sgdStep(
  engine: Engine,
  parameter: Tensor,
  velocity: Tensor | undefined,
  gradient: Tensor,
  { learningRate, momentum, weightDecay }: SgdStepOptions,
): void {
  const pack = packOf(engine);
  pack.run(
    "sgdStep",
    [
      pack.offset(parameter),
      velocity === undefined ? 0 : pack.offset(velocity),
      pack.offset(gradient),
      parameter.size,
    ],
    [learningRate, momentum, weightDecay],
  );
}
