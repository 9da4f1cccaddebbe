import { BaseError } from "../../protocol/BaseError.ts";

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
    for (const value of values) largest = Math.max(largest, Math.abs(value));
  }
  if (total === 0n) {
    throw new BaseError("AGGREGATE_WEIGHT", "All updates have weight 0.", {
      next: "Aggregate only workers that trained on at least one sample.",
    });
  }
  // Every product and every partial sum is at most Σ n_i · max |x| in size.
  if (total <= Number.MAX_SAFE_INTEGER && total * BigInt(largest) <= Number.MAX_SAFE_INTEGER) {
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
  if (sum.exact === "number") {
    const { sums, total } = sum;
    return Int32Array.from(sums, (value) => {
      const remainder = value % total;
      const quotient = (value - remainder) / total;
      return 2 * Math.abs(remainder) >= total ? quotient + Math.sign(value) : quotient;
    });
  }
  const { sums, total } = sum;
  return Int32Array.from(sums, (value) => {
    const magnitude = value < 0n ? -value : value;
    const rounded = (2n * magnitude + total) / (2n * total);
    return Number(value < 0n ? -rounded : rounded);
  });
}

/** Σ n_i x_i / Σ n_i in float64. */
export function realMean(sum: WeightedSum): Float64Array {
  if (sum.exact === "number") {
    const { sums, total } = sum;
    return sums.map((value) => value / total);
  }
  const total = Number(sum.total);
  return Float64Array.from(sum.sums, (value) => Number(value) / total);
}
