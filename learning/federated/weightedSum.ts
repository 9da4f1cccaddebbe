import { BaseError } from "../../protocol/BaseError.ts";

/**
 * Up to here, all that is done with a sum and its total below is exact in float64,
 * and a quotient that is not whole is never rounded to the next whole number.
 */
const EXACT = 2 ** 52;

/** One worker's integers and its weight. */
export interface WeightedTensor {
  readonly values: Int32Array;
  /** n_i: a whole number ≥ 0. */
  readonly weight: number;
}

/** Σ n_i x_i and Σ n_i, exact. */
export type WeightedSum =
  | { readonly exact: "number"; readonly sums: Float64Array; readonly total: number }
  | { readonly exact: "bigint"; readonly sums: readonly bigint[]; readonly total: bigint };

/**
 * Adds integers up by their weights without ever rounding, so the order of the
 * parts does not matter and every machine has the same sum. What is exact in
 * float64 is added there, the rest as BigInt.
 *
 * @param parts - At least one, all of one length, Σ n_i ≥ 1.
 * @throws BaseError `AGGREGATE_NO_UPDATES`, `AGGREGATE_WEIGHT` or `AGGREGATE_SHAPE`.
 */
export function weightedSum(parts: readonly WeightedTensor[]): WeightedSum {
  const [first] = parts;
  if (first === undefined) throw new BaseError("AGGREGATE_NO_UPDATES", "There is no update to aggregate.");
  let total = 0n;
  let largest = 0;
  for (const [position, { values, weight }] of parts.entries()) {
    if (!Number.isSafeInteger(weight) || weight < 0) {
      throw new BaseError(
        "AGGREGATE_WEIGHT",
        `Update ${position} has weight ${weight}, not a whole number of at least 0.`,
      );
    }
    if (values.length !== first.values.length) {
      throw new BaseError("AGGREGATE_SHAPE", `Update ${position} is not of the size of update 0.`);
    }
    total += BigInt(weight);
    largest = Math.max(largest, largestMagnitude(values));
  }
  if (total === 0n) {
    throw new BaseError("AGGREGATE_WEIGHT", "All updates have weight 0.", {
      next: "Aggregate only workers that trained on at least one sample.",
    });
  }
  // Every product and every partial sum is at most Σ n_i · max |x| in size.
  if (total <= EXACT && total * BigInt(largest) <= EXACT) {
    const sums = new Float64Array(first.values.length);
    for (const { values, weight } of parts) {
      for (let index = 0; index < sums.length; index++) sums[index]! += weight * values[index]!;
    }
    return { exact: "number", sums, total: Number(total) };
  }
  const sums = Array.from(first.values, (_, index) =>
    parts.reduce((sum, { values, weight }) => sum + BigInt(weight) * BigInt(values[index]!), 0n),
  );
  return { exact: "bigint", sums, total };
}

/** Σ n_i x_i / Σ n_i, rounded once, half away from zero. */
export function roundedMean(sum: WeightedSum): Int32Array {
  const means = new Int32Array(sum.sums.length);
  if (sum.exact === "number") {
    const { sums, total } = sum;
    for (let index = 0; index < means.length; index++) {
      const magnitude = Math.abs(sums[index]!);
      const quotient = Math.floor(magnitude / total);
      const remainder = magnitude - quotient * total;
      const rounded = 2 * remainder >= total ? quotient + 1 : quotient;
      means[index] = sums[index]! < 0 ? -rounded : rounded;
    }
    return means;
  }
  const { sums, total } = sum;
  for (let index = 0; index < means.length; index++) {
    const value = sums[index]!;
    const rounded = (2n * (value < 0n ? -value : value) + total) / (2n * total);
    means[index] = Number(value < 0n ? -rounded : rounded);
  }
  return means;
}

/** Σ n_i x_i / Σ n_i in float64. */
export function realMean(sum: WeightedSum): Float64Array {
  const means = new Float64Array(sum.sums.length);
  const total = Number(sum.total);
  if (sum.exact === "number") {
    const { sums } = sum;
    for (let index = 0; index < means.length; index++) means[index] = sums[index]! / total;
  } else {
    for (let index = 0; index < means.length; index++) means[index] = Number(sum.sums[index]!) / total;
  }
  return means;
}

function largestMagnitude(values: Int32Array): number {
  let largest = 0;
  for (let index = 0; index < values.length; index++) {
    const magnitude = Math.abs(values[index]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
