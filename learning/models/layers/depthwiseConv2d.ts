import type { Tensor4D } from "@tensorflow/tfjs";
import { depthwiseConv2dBackpropFilter } from "../../engine/ops/depthwiseConv2dBackpropFilter.ts";
import { depthwiseConv2dBackpropInput } from "../../engine/ops/depthwiseConv2dBackpropInput.ts";
import { heUniform } from "../ParameterShape.ts";
import type { BuildLayer } from "./Layer.ts";
import { type Padding, windowedShape } from "./windowedShape.ts";

/** How a depthwise convolution is made. */
export interface DepthwiseConv2dOptions {
  /** Length of both sides of a filter. */
  readonly size: number;
  /** 1 unless given. */
  readonly stride?: number;
  /** `same` unless given. */
  readonly padding?: Padding;
}

/**
 * A convolution of each channel with a filter of its own, without a bias (a batch
 * normalization follows it); parameter `kernel` [size, size, channels, 1]. With a
 * 1×1 convolution after it, it is a depthwise separable convolution (Howard et al.
 * 2017, section 3.1).
 */
export function depthwiseConv2d(options: DepthwiseConv2dOptions): BuildLayer {
  const { size, stride = 1, padding = "same" } = options;
  const strides: [number, number] = [stride, stride];
  return (inputShape) => {
    const outputShape = windowedShape("A depthwise convolution", inputShape, [size, size], strides, padding);
    const kernelShape: [number, number, number, number] = [size, size, outputShape[2], 1];
    return {
      outputShape,
      parameters: [{ name: "kernel", shape: kernelShape, trainable: true, initial: heUniform(size * size) }],
      operation: { kind: "depthwiseConv2d", window: { size: [size, size], strides, padding } },

      infer(engine, [kernel], input) {
        return engine.depthwiseConv2d(input as Tensor4D, kernel as Tensor4D, strides, padding);
      },

      train(engine, [kernel], input) {
        const x = input as Tensor4D;
        const filter = kernel as Tensor4D;
        return {
          output: engine.depthwiseConv2d(x, filter, strides, padding),
          backward(outputGradient, wantsInput) {
            const delta = outputGradient as Tensor4D;
            return {
              input: wantsInput
                ? depthwiseConv2dBackpropInput(engine, delta, filter, x.shape, strides, padding)
                : undefined,
              parameters: [depthwiseConv2dBackpropFilter(engine, x, delta, kernelShape, strides, padding)],
            };
          },
        };
      },
    };
  };
}
