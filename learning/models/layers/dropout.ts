import { elementCount } from "../elementCount.ts";
import type { BuildLayer } from "./Layer.ts";

/**
 * In training, sets each value to 0 with probability `rate` and divides the others
 * by 1 − rate, so that evaluation needs no change (Srivastava et al. 2014, in the
 * inverted form). One draw of the random source a value, row by row.
 *
 * @param rate - In (0, 1); undefined for no dropout.
 */
export function dropout(rate: number | undefined): BuildLayer {
  return (inputShape) => ({
    outputShape: inputShape,
    parameters: [],
    operation: { kind: "identity" },

    infer(_engine, _, input) {
      return input;
    },

    train(engine, _, input, random) {
      if (rate === undefined) {
        return { output: input, backward: (gradient) => ({ input: gradient, parameters: [] }) };
      }
      const kept = 1 / (1 - rate);
      const values = new Float32Array(elementCount(input.shape));
      for (let index = 0; index < values.length; index++) {
        values[index] = random.uniform() < rate ? 0 : kept;
      }
      const mask = engine.tensor(values, input.shape);
      return {
        output: engine.mul(input, mask),
        backward(outputGradient) {
          return { input: engine.mul(outputGradient, mask), parameters: [] };
        },
      };
    },
  });
}
