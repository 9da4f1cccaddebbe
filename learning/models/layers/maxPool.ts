import type { Tensor4D } from "@tensorflow/tfjs";
import { maxPoolGrad } from "../../engine/ops/maxPoolGrad.ts";
import type { BuildLayer } from "./Layer.ts";
import { windowedShape } from "./windowedShape.ts";

/**
 * The largest value of each channel in windows that do not overlap; what remains
 * at the lower and right edge is left out.
 *
 * @param size - Length of both sides of a window, or its height and width.
 */
export function maxPool(size: number | readonly [number, number]): BuildLayer {
  const window: [number, number] = typeof size === "number" ? [size, size] : [...size];
  return (inputShape) => {
    const outputShape = windowedShape("A pooling layer", inputShape, window, window, "valid");
    return {
      outputShape,
      parameters: [],
      operation: { kind: "maxPool", window: { size: window, strides: window, padding: "valid" } },

      infer(engine, _, input) {
        return engine.maxPool(input as Tensor4D, window, window, "valid");
      },

      train(engine, _, input) {
        const x = input as Tensor4D;
        const output = engine.maxPool(x, window, window, "valid");
        return {
          output,
          backward(outputGradient, wantsInput) {
            return {
              input: wantsInput
                ? maxPoolGrad(engine, x, output, outputGradient as Tensor4D, window, window, "valid")
                : undefined,
              parameters: [],
            };
          },
        };
      },
    };
  };
}
