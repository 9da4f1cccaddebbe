import { fedAdam } from "./fedAdam.ts";
import { fedAvg } from "./fedAvg.ts";
import { fedAvgM } from "./fedAvgM.ts";
import { fedProx } from "./fedProx.ts";
import type { Strategy } from "./Strategy.ts";
import { scaffold } from "./scaffold.ts";
import type { StrategySpec } from "./strategySpec.ts";

/** The strategy that a task names. */
export function strategyOf(spec: StrategySpec): Strategy {
  switch (spec.kind) {
    case "fedavg":
      return fedAvg;
    case "fedavgm":
      return fedAvgM(spec);
    case "fedprox":
      return fedProx(spec);
    case "fedadam":
      return fedAdam(spec);
    case "scaffold":
      return scaffold(spec);
    default:
      return spec satisfies never;
  }
}
