import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { GEMM_SCRATCH_BYTES, type KernelPack } from "../KernelPack.ts";
import type { Attributes, Registration } from "./Registration.ts";
import { type Window, windowArguments } from "./windowArguments.ts";

type Shape4D = [number, number, number, number];

/** The image and the offsets of kernels/direct.h. */
const DIRECT_SCRATCH_BYTES = 4 * (64 * 1024 + 8 * 1024);
/** Tiles a block of kernels/winograd.h. */
const WINOGRAD_TILES = 192;

/** x [batch, height, width, channels] with filter [rows, columns, channels, outChannels]. */
export const conv2d: Registration = {
  kernelName: "Conv2D",
  compute: (pack, { x, filter }, attributes) => {
    const window = windowOf(x!.shape, filter!.shape, attributes);
    return window && convolve(pack, "conv2d", window, [x!, filter!], window.outShape, [0, 0]);
  },
};

/** The convolution plus a bias [outChannels], then linear or ReLU. */
export const fusedConv2d: Registration = {
  kernelName: "FusedConv2D",
  compute: (pack, { x, filter, bias }, attributes) => {
    const { activation } = attributes;
    if (activation !== "linear" && activation !== "relu") return undefined;
    const window = windowOf(x!.shape, filter!.shape, attributes);
    if (window === undefined) return undefined;
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== window.outChannels)) return undefined;
    const rest = [bias ? pack.offset(bias) : 0, activation === "relu" ? 1 : 0];
    return convolve(pack, "conv2d", window, [x!, filter!], window.outShape, rest);
  },
};

/** The gradient by x; attribute `inputShape`. */
export const conv2dBackpropInput: Registration = {
  kernelName: "Conv2DBackpropInput",
  compute: (pack, { dy, filter }, attributes) => {
    const inputShape = attributes.inputShape as Shape4D;
    const window = windowOf(inputShape, filter!.shape, attributes);
    if (window === undefined || isDilated(window)) return undefined;
    return convolve(pack, "conv2dBackpropInput", window, [dy!, filter!], inputShape);
  },
};

/** The gradient by the filter; attribute `filterShape`. */
export const conv2dBackpropFilter: Registration = {
  kernelName: "Conv2DBackpropFilter",
  compute: (pack, { x, dy }, attributes) => {
    const filterShape = attributes.filterShape as Shape4D;
    const window = windowOf(x!.shape, filterShape, attributes);
    if (window === undefined || isDilated(window)) return undefined;
    return convolve(pack, "conv2dBackpropFilter", window, [x!, dy!], filterShape);
  },
};

function convolve(
  pack: KernelPack,
  kernel: string,
  window: Window,
  [left, right]: readonly [TensorInfo, TensorInfo],
  outShape: readonly number[],
  rest: readonly number[] = [],
): TensorInfo {
  const output = pack.output(outShape);
  const offsets = [pack.offset(left), pack.offset(right), pack.offset(output)];
  pack.run(kernel, windowArguments(window, offsets, rest), [], scratchBytes(window));
  return output;
}

function windowOf(
  inputShape: TensorInfo["shape"],
  filterShape: TensorInfo["shape"],
  { strides, pad, dilations = 1, dimRoundingMode, dataFormat = "NHWC" }: Attributes,
): Window | undefined {
  if (dataFormat !== "NHWC") return undefined;
  const window = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides as number | [number, number],
    dilations as number | [number, number],
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | undefined,
  );
  return window.batchSize * window.outHeight * window.outWidth * window.inChannels * window.outChannels === 0
    ? undefined
    : window;
}

function isDilated({ dilationHeight, dilationWidth }: Window): boolean {
  return dilationHeight !== 1 || dilationWidth !== 1;
}

/** Bytes of scratch memory of a convolution and its gradients, as kernels/conv2d.c and winograd.h use it. */
function scratchBytes(window: Window): number {
  const { batchSize, inHeight, inWidth, inChannels, outChannels, strideHeight, strideWidth } = window;
  if (isWinograd(window)) {
    const filter = inChannels * outChannels;
    const padded = Math.ceil(inChannels / 32) * Math.ceil(outChannels / 32) * 1024;
    const tiles = 16 * WINOGRAD_TILES * (inChannels + outChannels);
    return GEMM_SCRATCH_BYTES + 4 * (16 * padded + 9 * filter + tiles + inChannels + outChannels + 64);
  }
  const direct = DIRECT_SCRATCH_BYTES + 4 * 2048 * (Math.max(inChannels, outChannels) + 32);
  if (strideHeight * strideWidth === 1) return GEMM_SCRATCH_BYTES + direct;
  const phase = Math.ceil(inHeight / strideHeight) * Math.ceil(inWidth / strideWidth);
  return GEMM_SCRATCH_BYTES + Math.max(direct, 4 * batchSize * phase * inChannels);
}

function isWinograd(window: Window): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, inChannels, outChannels } = window;
  return (
    filterHeight === 3 &&
    filterWidth === 3 &&
    strideHeight === 1 &&
    strideWidth === 1 &&
    !isDilated(window) &&
    inChannels >= 16 &&
    outChannels >= 16
  );
}
