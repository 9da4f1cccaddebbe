import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** The sum of dy [..., channels] over all axes but the last, [channels]: the gradient by a bias. */
export function biasGrad(engine: Engine, dy: Tensor): Tensor1D {
  return runKernel(engine, "BiasGrad", { dy });
}
