import type { Tensor, Tensor1D } from "@tensorflow/tfjs";
import { runKernel } from "../runKernel.ts";
import type { WasmEngine } from "../wasmEngine.ts";

/** The sum of dy [..., channels] over all axes but the last, [channels]: the gradient by a bias. */
export function biasGrad(engine: WasmEngine, dy: Tensor): Tensor1D {
  return runKernel(engine, "BiasGrad", { dy });
}
