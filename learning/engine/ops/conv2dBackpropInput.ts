import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";
import type { Padding, Shape4D, Strides } from "./Window.ts";

/**
 * The gradient of a convolution by its input.
 *
 * @param dy - [batch, outHeight, outWidth, outChannels].
 * @param filter - [filterHeight, filterWidth, channels, outChannels].
 * @param inputShape - [batch, height, width, channels], the gradient's shape.
 */
export function conv2dBackpropInput(
  engine: Engine,
  dy: Tensor4D,
  filter: Tensor4D,
  inputShape: Shape4D,
  strides: Strides,
  pad: Padding,
): Tensor4D {
  return runKernel(engine, "Conv2DBackpropInput", { dy, filter }, { inputShape, strides, pad });
}
