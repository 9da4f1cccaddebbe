import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { initialParameters } from "../models/initialParameters.ts";
import { toFixedPoint } from "./fixedPoint.ts";
import type { GlobalModel } from "./GlobalModel.ts";
import type { LearningTask } from "./LearningTask.ts";
import { strategyOf } from "./strategies/strategyOf.ts";

/** The global model that round 0 starts from: it follows from the task alone. */
export function initialGlobalModel(
  task: Pick<LearningTask, "model" | "seed" | "fractionBits" | "strategy">,
): GlobalModel {
  const parameters = initialParameters(task.model, new SeededRandom(task.seed, "model"));
  const sizes = parameters.map(({ length }) => length);
  return {
    ...toFixedPoint(task.model, parameters, task.fractionBits),
    state: strategyOf(task.strategy).initialState(sizes),
  };
}
