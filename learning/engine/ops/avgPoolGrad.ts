import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";
import type { Padding, Strides } from "./Window.ts";

/**
 * The gradient of average pooling by its input x, of which only the shape is
 * used. Padding does not count in the average.
 *
 * @param dy - [batch, outHeight, outWidth, channels].
 * @param x - [batch, height, width, channels], the gradient's shape.
 */
export function avgPoolGrad(
  engine: Engine,
  dy: Tensor4D,
  x: Tensor4D,
  filterSize: number | [number, number],
  strides: Strides,
  pad: Padding,
): Tensor4D {
  return runKernel(engine, "AvgPoolGrad", { dy, input: x }, { filterSize, strides, pad });
}
