import type { GlobalModel } from "../GlobalModel.ts";
import { moved } from "../moved.ts";
import { roundedMean, type WeightedSum, weightedSum } from "../weightedSum.ts";
import type { FitResult } from "./Strategy.ts";

/** Σ n_i δ_i of one tensor over the round's results. */
export function summedDelta(results: readonly FitResult[], tensor: number): WeightedSum {
  return weightedSum(results.map(({ delta, weight }) => ({ values: delta(tensor), weight })));
}

/**
 * One tensor of the global model plus the weighted mean of its deltas,
 * w + Σ n_i δ_i / Σ n_i, rounded once, half away from zero.
 *
 * @throws BaseError `AGGREGATE_NO_UPDATES`, `AGGREGATE_WEIGHT` or `AGGREGATE_SHAPE`.
 */
export function plainAverage(global: GlobalModel, results: readonly FitResult[], tensor: number): Int32Array {
  return moved(global.tensors[tensor]!, roundedMean(summedDelta(results, tensor)));
}
