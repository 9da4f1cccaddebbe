import { type Figure, printedText, verdictOn } from "../reports/Figure.ts";
import { barChart3d } from "./barChart3d.ts";
import { lineChart } from "./lineChart.ts";

/** Draws a figure as SVG, with what the paper printed and the verdict below; bare, the lines and axes only. */
export function figureChart(figure: Figure, { bare = false }: { bare?: boolean } = {}): string {
  return lineChart({ ...figure, note: noteOn(figure), bare });
}

/**
 * Draws a figure as the paper does, as bars in three dimensions; undefined for one that has no third. Bare, the bars and
 * axes only.
 */
export function figureBars(
  { depth, ...figure }: Figure,
  { bare = false }: { bare?: boolean } = {},
): string | undefined {
  if (depth === undefined) return undefined;
  return barChart3d({ ...figure, id: `${figure.id}-bars3d`, note: noteOn(figure), depth, bare });
}

function noteOn(figure: Figure): string {
  return `Printed: ${printedText(figure.printed)}.   Verdict: ${verdictOn(figure).verdict}.`;
}
