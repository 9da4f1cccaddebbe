import { bitsOf, largestBits } from "../../numerics/magnitude.ts";
import { nearestStep } from "./compression.ts";

/** What is done to every number of a float32 update. Whoever has it faster brings it: the bits are the same. */
export interface UpdatePasses {
  /** a ← a − b, in float32. */
  readonly subtract: (a: Float32Array, b: Float32Array) => void;
  /** As `largestBits` of numerics/magnitude.ts. */
  readonly largestBits: (values: Float32Array) => number;
  /**
   * Σ ← Σ + n · x, x in fixed-point steps as `decompress` says.
   *
   * @param values - Accepted by `assertCompressed`.
   * @param units - Steps of 1: 2^fractionBits.
   * @param weight - n, with which the sums stay exact in float64.
   */
  readonly addSteps: (sums: Float64Array, values: Float32Array, units: number, weight: number) => void;
}

/** The passes in JavaScript. */
export const PLAIN_PASSES: UpdatePasses = {
  subtract(a, b) {
    for (let index = 0; index < a.length; index++) a[index]! -= b[index]!;
  },

  largestBits,

  addSteps(sums, values, units, weight) {
    const bits = bitsOf(values);
    for (let index = 0; index < sums.length; index++) {
      sums[index]! += weight * nearestStep(values[index]! * units, bits[index]!);
    }
  },
};
