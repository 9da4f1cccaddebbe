import { roundHalfAway } from "../../numerics/roundHalfAway.ts";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * Moves fixed-point values by steps, rounded half away from zero; what leaves
 * 32 bits stays at their end, so that no update can make a round fail.
 *
 * @param steps - In fixed-point units (2^−fractionBits), not NaN.
 */
export function moved(values: Int32Array, steps: Int32Array | Float64Array): Int32Array {
  const result = new Int32Array(values.length);
  if (steps instanceof Int32Array) {
    for (let index = 0; index < values.length; index++) {
      result[index] = Math.min(INT32_MAX, Math.max(INT32_MIN, values[index]! + steps[index]!));
    }
    return result;
  }
  for (let index = 0; index < values.length; index++) {
    result[index] = Math.min(INT32_MAX, Math.max(INT32_MIN, values[index]! + roundHalfAway(steps[index]!)));
  }
  return result;
}
