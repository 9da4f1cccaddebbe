import type { NamedAttrMap, NamedTensorMap, Tensor } from "@tensorflow/tfjs";
import type { WasmEngine } from "./wasmEngine.ts";

/** Runs a registered kernel with tfjs's bookkeeping: outputs belong to the `tidy` around. */
export function runKernel<Output extends Tensor | Tensor[]>(
  engine: WasmEngine,
  kernelName: string,
  inputs: NamedTensorMap,
  attributes?: Readonly<Record<string, unknown>>,
): Output {
  return engine.engine().runKernel(kernelName, inputs, attributes as NamedAttrMap) as Output;
}
