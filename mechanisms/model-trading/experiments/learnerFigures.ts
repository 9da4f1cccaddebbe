import type { Figure } from "../../../reports/Figure.ts";
import { fading, fig8, fig8b, fig8c, fig8d } from "./fadingLearning.ts";
import { fig7, table3 } from "./staticLearning.ts";

/** What learners of prices come to, by name. */
export const LEARNER_FIGURES: Readonly<Record<string, () => Promise<Figure>>> = {
  fig7,
  fig8,
  fig8b,
  fig8c,
  fig8d,
  table3,
  fading,
};
