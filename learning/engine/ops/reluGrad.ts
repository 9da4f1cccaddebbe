import type { Tensor } from "@tensorflow/tfjs";
import { runKernel } from "../runKernel.ts";
import type { WasmEngine } from "../wasmEngine.ts";

/** dy where y > 0, else 0: the gradient of y = ReLU(x) by x. Equal shapes. */
export function reluGrad<T extends Tensor>(engine: WasmEngine, dy: T, y: Tensor): T {
  return runKernel(engine, "ReluGrad", { dy, y });
}
