import type { Tensor } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** ReLU(x + y) of equal shapes: the end of a residual block (He et al. 2016, eq. 1). */
export function addRelu<T extends Tensor>(engine: Engine, x: T, y: Tensor): T {
  return runKernel(engine, "AddRelu", { x, y });
}
