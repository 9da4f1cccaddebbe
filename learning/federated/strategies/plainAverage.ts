import type { GlobalModel } from "../GlobalModel.ts";
import { moved } from "../moved.ts";
import { roundedMean } from "../weightedSum.ts";
import type { FitSums } from "./Strategy.ts";

/**
 * One tensor of the global model plus the weighted mean of its deltas,
 * w + Σ n_i δ_i / Σ n_i, rounded once, half away from zero.
 *
 * @throws BaseError `AGGREGATE_NO_UPDATES`, `AGGREGATE_WEIGHT` or `AGGREGATE_SHAPE`.
 */
export function plainAverage(global: GlobalModel, { delta }: FitSums, tensor: number): Int32Array {
  return moved(global.tensors[tensor]!, roundedMean(delta(tensor)));
}
