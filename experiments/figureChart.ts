import { type Figure, printedText, verdictOn } from "../reports/Figure.ts";
import { lineChart } from "./lineChart.ts";

/** Draws a figure as SVG, with what the paper printed and the verdict below. */
export function figureChart(figure: Figure): string {
  const note = `Printed: ${printedText(figure.printed)}.   Verdict: ${verdictOn(figure).verdict}.`;
  return lineChart({ ...figure, note });
}
