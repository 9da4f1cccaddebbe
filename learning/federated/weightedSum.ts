import { BaseError } from "../../protocol/BaseError.ts";
import { EXACT, ExactSum } from "./ExactSum.ts";

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
 * parts does not matter and every machine has the same sum.
 *
 * @param parts - At least one, all of one length, Σ n_i ≥ 1.
 * @throws BaseError `AGGREGATE_NO_UPDATES`, `AGGREGATE_WEIGHT` or `AGGREGATE_SHAPE`.
 */
export function weightedSum(parts: readonly WeightedTensor[]): WeightedSum {
  const [first] = parts;
  if (first === undefined) throw noUpdates();
  const sum = new ExactSum(first.values.length);
  let total = 0n;
  for (const [position, { values, weight }] of parts.entries()) {
    assertWeight(weight, position);
    if (values.length !== first.values.length) {
      throw new BaseError("AGGREGATE_SHAPE", `Update ${position} is not of the size of update 0.`);
    }
    total += BigInt(weight);
    sum.add(values, weight);
  }
  return sumOf(sum, total);
}

/**
 * A finished sum: in float64 if all that is done with it below is exact there, else as BigInt. The means have the same
 * bits either way.
 *
 * @param total - Σ n_i.
 * @throws BaseError `AGGREGATE_WEIGHT` when it is 0.
 */
export function sumOf(sum: ExactSum, total: bigint): WeightedSum {
  if (total === 0n) {
    throw new BaseError("AGGREGATE_WEIGHT", "All updates have weight 0.", {
      next: "Aggregate only workers that trained on at least one sample.",
    });
  }
  const { exactly } = sum;
  if (exactly instanceof Float64Array && total <= EXACT) {
    return { exact: "number", sums: exactly, total: Number(total) };
  }
  const sums = exactly instanceof Float64Array ? Array.from(exactly, (value) => BigInt(value)) : exactly;
  return { exact: "bigint", sums, total };
}

/** What is thrown where there is nothing to aggregate. */
export function noUpdates(): BaseError {
  return new BaseError("AGGREGATE_NO_UPDATES", "There is no update to aggregate.");
}

/** @throws BaseError `AGGREGATE_WEIGHT`. */
export function assertWeight(weight: number, position: number): void {
  if (Number.isSafeInteger(weight) && weight >= 0) return;
  throw new BaseError(
    "AGGREGATE_WEIGHT",
    `Update ${position} has weight ${weight}, not a whole number of at least 0.`,
  );
}

/** Σ n_i x_i / Σ n_i, rounded once, half away from zero. */
export function roundedMean(sum: WeightedSum): Int32Array {
  const means = new Int32Array(sum.sums.length);
  if (sum.exact === "number") {
    const { sums, total } = sum;
    for (let index = 0; index < means.length; index++) {
      // No branch, as the signs are anybody's guess.
      const quotient = Math.trunc(sums[index]! / total);
      const remainder = sums[index]! - quotient * total;
      means[index] = quotient + Math.trunc((2 * remainder) / total);
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
