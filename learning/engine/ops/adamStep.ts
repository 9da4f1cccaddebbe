import type { Tensor } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { packOf } from "../packOf.ts";

/** The constants of a step of Adam. */
export interface AdamStepOptions {
  /** α > 0. */
  readonly learningRate: number;
  /** β₁, β₂ in [0, 1). */
  readonly beta1: number;
  readonly beta2: number;
  /** ε > 0. */
  readonly epsilon: number;
  /** β₁ᵗ and β₂ᵗ for step t ≥ 1, by repeated multiplication. */
  readonly beta1Power: number;
  readonly beta2Power: number;
}

/**
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − α m̂ / (√v̂ + ε), in place
 * (Kingma and Ba 2015, algorithm 1). Use it on tensors that the optimizer owns.
 */
export function adamStep(
  engine: Engine,
  parameter: Tensor,
  m: Tensor,
  v: Tensor,
  gradient: Tensor,
  { learningRate, beta1, beta2, epsilon, beta1Power, beta2Power }: AdamStepOptions,
): void {
  const pack = packOf(engine);
  pack.run(
    "adamStep",
    [pack.offset(parameter), pack.offset(m), pack.offset(v), pack.offset(gradient), parameter.size],
    [learningRate, beta1, beta2, epsilon, 1 - beta1Power, 1 - beta2Power],
  );
}
