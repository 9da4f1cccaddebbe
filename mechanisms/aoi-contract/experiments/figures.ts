import type { Figure } from "../../../reports/Figure.ts";
import { fig2 } from "./fig2.ts";
import { fig3a, fig3b } from "./fig3.ts";
import { fig4a, fig4b, fig4c, fig4d } from "./fig4.ts";

/** The figures of the AoI contract's paper that show results, by name. */
export const AOI_CONTRACT_FIGURES: Readonly<Record<string, () => Figure>> = {
  fig2,
  fig3a,
  fig3b,
  fig4a,
  fig4b,
  fig4c,
  fig4d,
};
