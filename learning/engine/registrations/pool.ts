import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Attributes, Registration } from "./Registration.ts";
import { type Window, windowArguments } from "./windowArguments.ts";

type Shape4D = [number, number, number, number];

/** The largest pixel of each window of x [batch, height, width, channels]. */
export const maxPool: Registration = {
  kernelName: "MaxPool",
  compute: (pack, { x }, attributes) => {
    const window = windowOf(x!, attributes);
    if (window === undefined) return undefined;
    const y = pack.output(window.outShape);
    pack.run("maxPool", windowArguments(window, [pack.offset(x!), 0, pack.offset(y)]));
    return y;
  },
};

/** The gradient by x: it goes to the first largest pixel of each window. */
export const maxPoolGrad: Registration = {
  kernelName: "MaxPoolGrad",
  compute: (pack, { dy, input, output }, attributes) => {
    const window = windowOf(input!, attributes);
    if (window === undefined) return undefined;
    const dx = pack.output(input!.shape);
    const offsets = [input!, dy!, dx].map((tensor) => pack.offset(tensor));
    pack.run("maxPoolGrad", windowArguments(window, offsets, [pack.offset(output!)]));
    return dx;
  },
};

/** The mean of each window's pixels; padding does not count. */
export const avgPool: Registration = {
  kernelName: "AvgPool",
  compute: (pack, { x }, attributes) => {
    const window = windowOf(x!, attributes);
    if (window === undefined) return undefined;
    const y = pack.output(window.outShape);
    pack.run("avgPool", windowArguments(window, [pack.offset(x!), 0, pack.offset(y)]));
    return y;
  },
};

/** The gradient by x of the mean over each window's pixels. */
export const avgPoolGrad: Registration = {
  kernelName: "AvgPoolGrad",
  compute: (pack, { dy, input }, attributes) => {
    const window = windowOf(input!, attributes);
    if (window === undefined) return undefined;
    const dx = pack.output(input!.shape);
    pack.run("avgPoolGrad", windowArguments(window, [0, pack.offset(dy!), pack.offset(dx)]));
    return dx;
  },
};

function windowOf(
  input: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: Attributes,
): Window | undefined {
  if (input.dtype !== "float32") return undefined;
  const window = backend_util.computePool2DInfo(
    input.shape as Shape4D,
    filterSize as number | [number, number],
    strides as number | [number, number],
    1,
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | undefined,
  );
  return window.batchSize * window.outHeight * window.outWidth * window.outChannels === 0
    ? undefined
    : window;
}
