import type { NamedAttrMap, NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import type { Engine } from "./Engine.ts";

/** Runs a registered kernel with tfjs's bookkeeping: outputs belong to the `tidy` around. */
export function runKernel<Output extends Tensor | Tensor[]>(
  engine: Engine,
  kernelName: string,
  inputs: NamedTensorMap,
  attributes?: Readonly<Record<string, unknown>>,
): Output {
  return engine.engine().runKernel(kernelName, inputs, attributes as NamedAttrMap) as Output;
}
