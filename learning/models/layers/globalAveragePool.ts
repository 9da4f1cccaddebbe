import type { Tensor4D } from "@tensorflow/tfjs";
import type { Engine } from "../../engine/Engine.ts";
import { avgPoolGrad } from "../../engine/ops/avgPoolGrad.ts";
import type { BuildLayer } from "./Layer.ts";
import { windowedShape } from "./windowedShape.ts";

/** The mean of each channel over the whole image: [height, width, channels] → [channels]. */
export function globalAveragePool(): BuildLayer {
  return (inputShape) => {
    const window: [number, number] = [inputShape[0] ?? 0, inputShape[1] ?? 0];
    const [, , channels] = windowedShape("A pooling layer", inputShape, window, window, "valid");
    const forward = (engine: Engine, x: Tensor4D) =>
      engine.reshape(engine.avgPool(x, window, window, "valid"), [x.shape[0], channels]);
    return {
      outputShape: [channels],
      parameters: [],
      operation: { kind: "globalAveragePool" },

      infer(engine, _, input) {
        return forward(engine, input as Tensor4D);
      },

      train(engine, _, input) {
        const x = input as Tensor4D;
        return {
          output: forward(engine, x),
          backward(outputGradient, wantsInput) {
            if (!wantsInput) return { input: undefined, parameters: [] };
            const gradient = engine.reshape(outputGradient, [x.shape[0], 1, 1, channels]) as Tensor4D;
            return {
              input: avgPoolGrad(engine, gradient, x, window, window, "valid"),
              parameters: [],
            };
          },
        };
      },
    };
  };
}
