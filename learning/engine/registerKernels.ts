import {
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  registerKernel,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { BaseError } from "../../protocol/BaseError.ts";
import type { KernelPack } from "./KernelPack.ts";
import { batchNormGrad, batchNormTrain, biasGrad } from "./registrations/batchNorm.ts";
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput, fusedConv2d } from "./registrations/conv2d.ts";
import {
  depthwiseConv2d,
  depthwiseConv2dBackpropFilter,
  depthwiseConv2dBackpropInput,
} from "./registrations/depthwiseConv2d.ts";
import { addRelu, exp, relu, reluGrad, sigmoid, tanh } from "./registrations/elementwise.ts";
import { gruCell, gruCellGrad } from "./registrations/gru.ts";
import { batchMatMul, fusedMatMul } from "./registrations/matMul.ts";
import { avgPool, avgPoolGrad, maxPool, maxPoolGrad } from "./registrations/pool.ts";
import type { Attributes, Inputs, Registration } from "./registrations/Registration.ts";
import { unsortedSegmentSum } from "./registrations/segmentSum.ts";
import { softmax, softmaxCrossEntropy } from "./registrations/softmax.ts";

/** Every kernel of the pack that goes under a name in tfjs. */
export const REGISTRATIONS: readonly Registration[] = [
  batchMatMul,
  fusedMatMul,
  conv2d,
  fusedConv2d,
  conv2dBackpropInput,
  conv2dBackpropFilter,
  depthwiseConv2d,
  depthwiseConv2dBackpropInput,
  depthwiseConv2dBackpropFilter,
  maxPool,
  maxPoolGrad,
  avgPool,
  avgPoolGrad,
  relu,
  reluGrad,
  addRelu,
  exp,
  sigmoid,
  tanh,
  softmax,
  softmaxCrossEntropy,
  biasGrad,
  batchNormTrain,
  batchNormGrad,
  gruCell,
  gruCellGrad,
  unsortedSegmentSum,
];

/**
 * Puts the pack's kernels in the place of tfjs's own, which stay for the cases
 * that ours leave out (other types, layouts and activations).
 */
export function registerKernels(pack: KernelPack): void {
  for (const { kernelName, compute } of REGISTRATIONS) {
    const theirs = getKernel(kernelName, "wasm") as { kernelFunc: KernelFunc } | undefined;
    const kernelFunc: KernelFunc = (call) => {
      const outputs = compute(pack, call.inputs as Inputs, (call.attrs ?? {}) as Attributes);
      if (outputs !== undefined) return outputs;
      if (theirs !== undefined) return theirs.kernelFunc(call);
      throw unsupported(kernelName, call.attrs);
    };
    if (theirs !== undefined) unregisterKernel(kernelName, "wasm");
    registerKernel({ kernelName, backendName: "wasm", kernelFunc });
  }
}

function unsupported(kernelName: string, attributes: NamedAttrMap | undefined): BaseError {
  return new BaseError("ENGINE_KERNEL", `The engine's ${kernelName} does not support this case.`, {
    details: `Its attributes are ${JSON.stringify(attributes)}.`,
    next: "Use float32 tensors that are not empty, channels last, and no dilation in training.",
  });
}
