import { roundHalfAway } from "../../../numerics/roundHalfAway.ts";
import { BILLION } from "../../../numerics/Share.ts";

/**
 * Means of a list's folds: value i is in fold i mod `folds`.
 *
 * @param folds - At most as many as there are values.
 */
export function foldMeans(values: Float64Array, folds: number): Float64Array {
  const sums = new Float64Array(folds);
  const counts = new Float64Array(folds);
  for (const [i, value] of values.entries()) {
    const fold = i % folds;
    sums[fold] = sums[fold]! + value;
    counts[fold] = counts[fold]! + 1;
  }
  return sums.map((sum, fold) => sum / counts[fold]!);
}

/** The middle value, or the mean of the two in the middle; of a list that is not empty. */
export function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * In billionths, halves away from zero, and within what terms can hold. What is no number counts as the most: a worker's
 * update may take a model beyond all numbers, and must not keep the round from being scored.
 */
export function ppbOf(value: number, { least, most }: { least: number; most: number }): number {
  if (Number.isNaN(value)) return most;
  return Math.min(most, Math.max(least, roundHalfAway(value * BILLION)));
}
