import type { Tensor4D } from "@tensorflow/tfjs";
import type { Engine } from "../../engine/Engine.ts";
import { biasGrad } from "../../engine/ops/biasGrad.ts";
import { conv2dBackpropFilter } from "../../engine/ops/conv2dBackpropFilter.ts";
import { conv2dBackpropInput } from "../../engine/ops/conv2dBackpropInput.ts";
import { reluGrad } from "../../engine/ops/reluGrad.ts";
import { heUniform, type ParameterShape } from "../ParameterShape.ts";
import type { BuildLayer } from "./Layer.ts";
import { type Padding, windowedShape } from "./windowedShape.ts";

/** How a convolution is made. */
export interface Conv2dOptions {
  readonly filters: number;
  /** Length of both sides of a filter, or its height and width. */
  readonly size: number | readonly [number, number];
  /** 1 unless given. */
  readonly stride?: number;
  /** `same` unless given. */
  readonly padding?: Padding | undefined;
  /** `linear` unless given. */
  readonly activation?: "linear" | "relu";
  /** true unless given; pointless before a batch normalization. */
  readonly bias?: boolean;
}

/**
 * A convolution of images [height, width, channels], y = f(x ∗ W + b); parameters
 * `kernel` [height, width, channels, filters] and, with a bias, `bias` [filters].
 */
export function conv2d(options: Conv2dOptions): BuildLayer {
  const { filters, stride = 1, padding = "same", activation = "linear", bias: hasBias = true } = options;
  const [rows, columns] = typeof options.size === "number" ? [options.size, options.size] : options.size;
  const strides: [number, number] = [stride, stride];
  const forward = (engine: Engine, filter: Tensor4D, bias: Tensor4D | undefined, x: Tensor4D) =>
    engine.fused.conv2d({ x, filter, strides, pad: padding, activation, ...(bias && { bias }) });

  return (inputShape) => {
    const [height, width, channels] = windowedShape(
      "A convolution",
      inputShape,
      [rows, columns],
      strides,
      padding,
    );
    const kernelShape: [number, number, number, number] = [rows, columns, channels, filters];
    const kernel: ParameterShape = {
      name: "kernel",
      shape: kernelShape,
      trainable: true,
      initial: heUniform(rows * columns * channels),
    };
    const bias: ParameterShape = { name: "bias", shape: [filters], trainable: true, initial: { value: 0 } };
    return {
      outputShape: [height, width, filters],
      parameters: hasBias ? [kernel, bias] : [kernel],
      operation: { kind: "conv2d", window: { size: [rows, columns], strides, padding }, activation },

      infer(engine, [filter, offset], input) {
        return forward(engine, filter as Tensor4D, offset as Tensor4D | undefined, input as Tensor4D);
      },

      train(engine, [filter, offset], input) {
        const x = input as Tensor4D;
        const output = forward(engine, filter as Tensor4D, offset as Tensor4D | undefined, x);
        return {
          output,
          backward(outputGradient, wantsInput) {
            const delta = (
              activation === "relu" ? reluGrad(engine, outputGradient, output) : outputGradient
            ) as Tensor4D;
            const byFilter = conv2dBackpropFilter(engine, x, delta, kernelShape, strides, padding);
            const byInput = wantsInput
              ? conv2dBackpropInput(engine, delta, filter as Tensor4D, x.shape, strides, padding)
              : undefined;
            const byBias = hasBias ? [biasGrad(engine, delta)] : [];
            if (delta !== outputGradient) delta.dispose();
            return { input: byInput, parameters: [byFilter, ...byBias] };
          },
        };
      },
    };
  };
}
