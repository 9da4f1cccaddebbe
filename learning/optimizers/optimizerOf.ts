import type { TrainingConfig } from "../federated/TrainingConfig.ts";
import { adam } from "./adam.ts";
import type { MakeOptimizer } from "./Optimizer.ts";
import { sgd } from "./sgd.ts";

/** The optimizer that a training configuration names; `sgd` unless it names one. */
export function optimizerOf({ optimizer = "sgd" }: TrainingConfig): MakeOptimizer {
  switch (optimizer) {
    case "sgd":
      return sgd;
    case "adam":
      return adam;
    default:
      return optimizer satisfies never;
  }
}
