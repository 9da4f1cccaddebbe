import { BaseError } from "../../../protocol/BaseError.ts";
import { elementCount } from "../elementCount.ts";
import type { BuildLayer } from "./Layer.ts";

/** The same values in another shape. */
export function reshape(shape: readonly number[]): BuildLayer {
  return (inputShape) => {
    if (elementCount(shape) !== elementCount(inputShape)) {
      throw new BaseError("LAYER_SHAPE", `[${inputShape}] cannot be reshaped to [${shape}].`);
    }
    return {
      outputShape: shape,
      parameters: [],
      operation: { kind: "reshape" },

      infer(engine, _, input) {
        return engine.reshape(input, [input.shape[0]!, ...shape]);
      },

      train(engine, _, input) {
        return {
          output: engine.reshape(input, [input.shape[0]!, ...shape]),
          backward(outputGradient) {
            return { input: engine.reshape(outputGradient, [...input.shape]), parameters: [] };
          },
        };
      },
    };
  };
}

/** All values of a sample in one row. */
export function flatten(): BuildLayer {
  return (inputShape) => reshape([elementCount(inputShape)])(inputShape);
}
