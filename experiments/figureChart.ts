import { type Figure, verdictOn } from "../reports/Figure.ts";
import { axisText, lineChart } from "./lineChart.ts";

/** Draws a figure as SVG, with what the paper printed and the verdict below. */
export function figureChart(figure: Figure): string {
  const { printed } = figure;
  const [least, most] = printed.yRange;
  const { verdict } = verdictOn(figure);
  const note = `Printed: ${printed.yAxis}, axis ${axisText(least)} … ${axisText(most)}.   Verdict: ${verdict}.`;
  return lineChart({ ...figure, note });
}
