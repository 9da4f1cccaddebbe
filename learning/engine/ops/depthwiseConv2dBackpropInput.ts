import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";
import type { Padding, Shape4D, Strides } from "./Window.ts";

/**
 * The gradient of a depthwise convolution by its input.
 *
 * @param dy - [batch, outHeight, outWidth, channels · multiplier].
 * @param filter - [filterHeight, filterWidth, channels, multiplier].
 * @param inputShape - [batch, height, width, channels], the gradient's shape.
 */
export function depthwiseConv2dBackpropInput(
  engine: Engine,
  dy: Tensor4D,
  filter: Tensor4D,
  inputShape: Shape4D,
  strides: Strides,
  pad: Padding,
): Tensor4D {
  const attributes = { inputShape, strides, pad, dilations: 1 };
  return runKernel(engine, "DepthwiseConv2dNativeBackpropInput", { dy, filter }, attributes);
}
