import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";
import type { Padding, Shape4D, Strides } from "./Window.ts";

/**
 * The gradient of a depthwise convolution by its filter.
 *
 * @param x - [batch, height, width, channels].
 * @param dy - [batch, outHeight, outWidth, channels · multiplier].
 * @param filterShape - [filterHeight, filterWidth, channels, multiplier], the gradient's shape.
 */
export function depthwiseConv2dBackpropFilter(
  engine: Engine,
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: Shape4D,
  strides: Strides,
  pad: Padding,
): Tensor4D {
  const attributes = { filterShape, strides, pad, dilations: 1 };
  return runKernel(engine, "DepthwiseConv2dNativeBackpropFilter", { x, dy }, attributes);
}
