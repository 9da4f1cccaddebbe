import { type Figure, printedText, verdictOn } from "../reports/Figure.ts";
import { lineChart } from "./lineChart.ts";

/** Draws a figure as SVG, with what the paper printed and the verdict below; bare, the lines and axes only. */
export function figureChart(figure: Figure, { bare = false }: { bare?: boolean } = {}): string {
  const note = `Printed: ${printedText(figure.printed)}.   Verdict: ${verdictOn(figure).verdict}.`;
  return lineChart({ ...figure, note, bare });
}
