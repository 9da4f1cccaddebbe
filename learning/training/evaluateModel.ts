import type { Engine } from "../engine/Engine.ts";
import { type EvaluateModelParameters, evaluateSamples } from "./evaluateSamples.ts";
import { type EvaluateResult, summarizeEvaluation } from "./summarizeEvaluation.ts";

/**
 * Evaluates a model on a dataset: its score and the metrics of its task.
 *
 * @throws BaseError as `evaluateSamples` and `summarizeEvaluation`.
 *
 * @example
 * const { score, metrics } = evaluateModel(engine, { spec, parameters, dataset: test });
 */
export function evaluateModel(engine: Engine, input: EvaluateModelParameters): EvaluateResult {
  return summarizeEvaluation([evaluateSamples(engine, input)]);
}
