import { adam } from "./adam.ts";
import type { MakeOptimizer } from "./Optimizer.ts";
import type { OptimizerConfig } from "./OptimizerConfig.ts";
import { sgd } from "./sgd.ts";

/** The optimizer that a configuration names; `sgd` unless it names one. */
export function optimizerOf({ optimizer = "sgd" }: OptimizerConfig): MakeOptimizer {
  switch (optimizer) {
    case "sgd":
      return sgd;
    case "adam":
      return adam;
    default:
      return optimizer satisfies never;
  }
}
