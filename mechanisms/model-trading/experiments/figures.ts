import type { Figure } from "../../../reports/Figure.ts";
import { fig9d, fig10 } from "./immersionOfSchemes.ts";
import { resnet18 } from "./resnet18.ts";
import { schemes, schemesTime } from "./schemes.ts";

/** What can be computed anew of model trading's paper without learning anything, by name. */
export const MODEL_TRADING_FIGURES: Readonly<Record<string, () => Figure>> = {
  schemes: () => schemes(),
  "schemes-time": () => schemesTime(),
  fig9d,
  fig10: () => fig10(),
  resnet18,
};
