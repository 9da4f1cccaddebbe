import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";
import type { Padding, Strides } from "./Window.ts";

/**
 * The gradient of max pooling by its input x, given its output y: it goes to the
 * first largest pixel of each window, as in tfjs and PyTorch.
 *
 * @param x - [batch, height, width, channels], the gradient's shape.
 * @param y - [batch, outHeight, outWidth, channels], as dy.
 */
export function maxPoolGrad(
  engine: Engine,
  x: Tensor4D,
  y: Tensor4D,
  dy: Tensor4D,
  filterSize: number | [number, number],
  strides: Strides,
  pad: Padding,
): Tensor4D {
  return runKernel(engine, "MaxPoolGrad", { dy, input: x, output: y }, { filterSize, strides, pad });
}
