import type { ModelTask } from "../ModelTask.ts";
import type { Loss } from "./Loss.ts";
import { meanSquaredError } from "./meanSquaredError.ts";
import { softmaxCrossEntropy } from "./softmaxCrossEntropy.ts";

/** The loss that a task's models are trained with. */
export function lossOf(task: ModelTask): Loss {
  switch (task) {
    case "classification":
      return softmaxCrossEntropy;
    case "regression":
    case "reconstruction":
      return meanSquaredError;
    default:
      return task satisfies never;
  }
}
