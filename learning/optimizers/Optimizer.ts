import type { Tensor } from "@tensorflow/tfjs";
import type { Engine } from "../engine/Engine.ts";
import type { OptimizerConfig } from "./OptimizerConfig.ts";

/** A rule that turns gradients into steps. It holds its state on the engine until `dispose`. */
export interface Optimizer {
  /**
   * Takes one step: changes `parameters` in place.
   *
   * @param parameters - The trainable parameters, the same tensors in every step.
   * @param gradients - The gradient by each.
   */
  step(parameters: readonly Tensor[], gradients: readonly Tensor[]): void;
  dispose(): void;
}

/** Makes an optimizer for parameters of the given shapes, its state at 0. */
export type MakeOptimizer = (
  engine: Engine,
  shapes: readonly (readonly number[])[],
  config: OptimizerConfig,
) => Optimizer;
