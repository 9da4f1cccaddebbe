import { strategyOf } from "../learning/federated/strategies/strategyOf.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { TaskData } from "../tasks/TaskData.ts";
import type { Evaluate } from "./rounds/scoreFinding.ts";

/** Evaluates models on their task's held-out data, as aggregators do: with it an audit checks accuracies too. */
export function heldOutEvaluation(pool: ComputePool, data: Pick<TaskData, "heldOutData">): Evaluate {
  return async (model, { model: spec, strategy, dataset, heldOut }) => {
    const { parameters } = strategyOf(strategy).configureEvaluate(0, model);
    return pool.evaluate({ spec, parameters, dataset: await data.heldOutData(dataset, heldOut) });
  };
}
