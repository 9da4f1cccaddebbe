import type { backend_util } from "@tensorflow/tfjs-core";

/** The sizes of a convolution or a pooling, as tfjs computes them. */
export type Window = backend_util.Conv2DInfo;

/** The arguments that all kernels of windows share: see kernels/conv2d.c, pool.c and depthwise.c. */
export function windowArguments(
  window: Window,
  offsets: readonly number[],
  rest: readonly number[] = [],
  outChannels: number = window.outChannels,
): number[] {
  return [
    ...offsets,
    window.batchSize,
    window.inHeight,
    window.inWidth,
    window.inChannels,
    window.outHeight,
    window.outWidth,
    outChannels,
    window.filterHeight,
    window.filterWidth,
    window.strideHeight,
    window.strideWidth,
    window.padInfo.top,
    window.padInfo.left,
    window.dilationHeight,
    window.dilationWidth,
    ...rest,
  ];
}
