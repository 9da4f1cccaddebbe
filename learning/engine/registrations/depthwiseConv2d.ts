import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Attributes, Registration } from "./Registration.ts";
import { type Window, windowArguments } from "./windowArguments.ts";

type Shape4D = [number, number, number, number];

/** x [batch, height, width, channels] with filter [rows, columns, channels, multiplier]. */
export const depthwiseConv2d: Registration = {
  kernelName: "DepthwiseConv2dNative",
  compute: (pack, { x, filter }, attributes) => {
    const window = windowOf(x!.shape, filter!.shape, attributes);
    if (window === undefined) return undefined;
    const y = pack.output(window.outShape);
    const offsets = [x!, filter!, y].map((tensor) => pack.offset(tensor));
    pack.run("depthwiseConv2d", windowArguments(window, offsets, [], filter!.shape[3]));
    return y;
  },
};

/** The gradient by x; attribute `inputShape`. */
export const depthwiseConv2dBackpropInput: Registration = {
  kernelName: "DepthwiseConv2dNativeBackpropInput",
  compute: (pack, { dy, filter }, attributes) => {
    const inputShape = attributes.inputShape as Shape4D;
    const window = windowOf(inputShape, filter!.shape, attributes);
    if (window === undefined) return undefined;
    const dx = pack.output(inputShape);
    const offsets = [dy!, filter!, dx].map((tensor) => pack.offset(tensor));
    pack.run("depthwiseConv2dBackpropInput", windowArguments(window, offsets, [], filter!.shape[3]));
    return dx;
  },
};

/** The gradient by the filter; attribute `filterShape`. */
export const depthwiseConv2dBackpropFilter: Registration = {
  kernelName: "DepthwiseConv2dNativeBackpropFilter",
  compute: (pack, { x, dy }, attributes) => {
    const filterShape = attributes.filterShape as Shape4D;
    const window = windowOf(x!.shape, filterShape, attributes);
    if (window === undefined) return undefined;
    const gradient = pack.output(filterShape);
    const offsets = [x!, dy!, gradient].map((tensor) => pack.offset(tensor));
    pack.run("depthwiseConv2dBackpropFilter", windowArguments(window, offsets, [], filterShape[3]));
    return gradient;
  },
};

function windowOf(
  inputShape: TensorInfo["shape"],
  filterShape: TensorInfo["shape"],
  { strides, pad, dilations, dimRoundingMode }: Attributes,
): Window | undefined {
  const window = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides as number | [number, number],
    (dilations ?? 1) as number | [number, number],
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | undefined,
    true,
  );
  return window.batchSize * window.outHeight * window.outWidth * window.outChannels === 0
    ? undefined
    : window;
}
