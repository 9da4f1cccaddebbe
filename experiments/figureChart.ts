import { type Figure, type PrintedFigure, verdictOn } from "../reports/Figure.ts";
import { axisText, lineChart } from "./lineChart.ts";

/** Draws a figure as SVG, with what the paper printed and the verdict below. */
export function figureChart(figure: Figure): string {
  const { printed } = figure;
  const { verdict } = verdictOn(figure);
  const note = `Printed: ${printed.yAxis}, ${printedAxis(printed)}.   Verdict: ${verdict}.`;
  return lineChart({ ...figure, note });
}

/** The printed axis in words. */
export function printedAxis({ yRange }: PrintedFigure): string {
  if (yRange === undefined) return "axis not in the text";
  return `axis ${axisText(yRange[0])} … ${axisText(yRange[1])}`;
}
