import { backend_util, type TensorInfo } from "@tensorflow/tfjs";
import { GEMM_SCRATCH_BYTES } from "../KernelPack.ts";
import type { Attributes, Registration } from "./Registration.ts";
import { type Window, windowArguments } from "./windowArguments.ts";

type Shape4D = [number, number, number, number];

/** x [batch, height, width, channels] with filter [rows, columns, channels, outChannels]. */
export const conv2d: Registration = {
  kernelName: "Conv2D",
  compute: (pack, { x, filter }, attributes) => {
    const window = windowOf(x!.shape, filter!.shape, attributes);
    if (window === undefined) return undefined;
    const y = pack.output(window.outShape);
    pack.run(
      "conv2d",
      windowArguments(
        window,
        [x!, filter!, y].map((tensor) => pack.offset(tensor)),
        [0, 0],
      ),
    );
    return y;
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
    const y = pack.output(window.outShape);
    const offsets = [x!, filter!, y].map((tensor) => pack.offset(tensor));
    pack.run(
      "conv2d",
      windowArguments(window, offsets, [bias ? pack.offset(bias) : 0, activation === "relu" ? 1 : 0]),
    );
    return y;
  },
};

/** The gradient by x; attribute `inputShape`. */
export const conv2dBackpropInput: Registration = {
  kernelName: "Conv2DBackpropInput",
  compute: (pack, { dy, filter }, attributes) => {
    const inputShape = attributes.inputShape as Shape4D;
    const window = windowOf(inputShape, filter!.shape, attributes);
    if (window === undefined || isDilated(window)) return undefined;
    const dx = pack.output(inputShape);
    const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = window;
    const phase = Math.ceil(inHeight / strideHeight) * Math.ceil(inWidth / strideWidth);
    const phaseBytes = strideHeight * strideWidth === 1 ? 0 : 4 * batchSize * phase * inChannels;
    pack.run(
      "conv2dBackpropInput",
      windowArguments(
        window,
        [dy!, filter!, dx].map((tensor) => pack.offset(tensor)),
      ),
      [],
      GEMM_SCRATCH_BYTES + phaseBytes,
    );
    return dx;
  },
};

/** The gradient by the filter; attribute `filterShape`. */
export const conv2dBackpropFilter: Registration = {
  kernelName: "Conv2DBackpropFilter",
  compute: (pack, { x, dy }, attributes) => {
    const filterShape = attributes.filterShape as Shape4D;
    const window = windowOf(x!.shape, filterShape, attributes);
    if (window === undefined || isDilated(window)) return undefined;
    const gradient = pack.output(filterShape);
    pack.run(
      "conv2dBackpropFilter",
      windowArguments(
        window,
        [x!, dy!, gradient].map((tensor) => pack.offset(tensor)),
      ),
    );
    return gradient;
  },
};

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
