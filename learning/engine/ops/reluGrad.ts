import type { Tensor } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** dy where y > 0, else 0: the gradient of y = ReLU(x) by x. Equal shapes. */
export function reluGrad<T extends Tensor>(engine: Engine, dy: T, y: Tensor): T {
  return runKernel(engine, "ReluGrad", { dy, y });
}
