import type { ComputePool } from "../learning/engine/ComputePool.ts";
import { type FixedPointModel, fromFixedPoint } from "../learning/federated/fixedPoint.ts";
import { heldOutData } from "./trainingData.ts";

/** Evaluates models on the held-out data, as aggregators do: with it an audit checks accuracies too. */
export function heldOutEvaluation(
  pool: ComputePool,
): (model: FixedPointModel) => Promise<{ correct: number; samples: number }> {
  return async (model) =>
    pool.evaluate({ spec: model.spec, parameters: fromFixedPoint(model), dataset: await heldOutData() });
}
