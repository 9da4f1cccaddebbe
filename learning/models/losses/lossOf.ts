import type { Network } from "../Network.ts";
import { detectionLoss } from "./detectionLoss.ts";
import type { Loss } from "./Loss.ts";
import { meanSquaredError } from "./meanSquaredError.ts";
import { softmaxCrossEntropy } from "./softmaxCrossEntropy.ts";

/** The loss that a network is trained with. */
export function lossOf({ task, grid }: Pick<Network, "task" | "grid">): Loss {
  switch (task) {
    case "classification":
      return softmaxCrossEntropy;
    case "regression":
    case "reconstruction":
      return meanSquaredError;
    case "detection":
      return detectionLoss(grid!);
    default:
      return task satisfies never;
  }
}
