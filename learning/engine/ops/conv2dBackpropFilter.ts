import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";
import type { Padding, Shape4D, Strides } from "./Window.ts";

/**
 * The gradient of a convolution by its filter.
 *
 * @param x - [batch, height, width, channels].
 * @param dy - [batch, outHeight, outWidth, outChannels].
 * @param filterShape - [filterHeight, filterWidth, channels, outChannels], the gradient's shape.
 */
export function conv2dBackpropFilter(
  engine: Engine,
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: Shape4D,
  strides: Strides,
  pad: Padding,
): Tensor4D {
  return runKernel(engine, "Conv2DBackpropFilter", { x, dy }, { filterShape, strides, pad });
}
