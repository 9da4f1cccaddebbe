import type { Table } from "./Table.ts";

/** A figure of a paper, computed anew and compared with what was printed. */
export interface Figure {
  /** The paper, as its folder here is named. */
  paper: string;
  /** The figure, as the command line names it, such as `fig3a`. */
  id: string;
  title: string;
  /** What the paper shows. */
  printed: PrintedFigure;
  /** Every parameter the numbers follow from, as the command that solves takes them. */
  parameters: Readonly<Record<string, unknown>>;
  /** The same in two lines for people. */
  setting: string;
  /** Those of them that the paper does not state, or states otherwise, and why they were chosen. */
  inferred: readonly string[];
  /**
   * `separate`: nothing lies between its values, so that points are drawn, and no lines. With `names` they are not numbers
   * on an axis at all but these.
   */
  x: Axis & { values: readonly number[]; separate?: true; names?: readonly string[] };
  y: Axis & { range: readonly [number, number] };
  series: readonly Series[];
  /** What its lines differ in, where the paper draws bars along two axes. */
  depth?: Axis;
  claims: readonly Claim[];
  /** What other readings of the paper give. */
  otherwise: readonly OtherReading[];
  /** Where numbers differ from the printed ones although all claims hold, and why. */
  remarks: readonly string[];
  /** What is compared beyond the lines, for people to read. */
  tables?: readonly Table[];
}

/** What a paper printed: its caption, axes and the sentences that say what is to be seen. */
export interface PrintedFigure {
  caption: string;
  xAxis: string;
  yAxis: string;
  /** Least and greatest tick of the y axis, where the paper's text or tables say. */
  yRange?: readonly [number, number];
  text: string;
}

/** What was printed, for people. */
export function printedText({ yAxis, yRange }: PrintedFigure): string {
  return yRange === undefined ? yAxis : `${yAxis}, axis ${axisText(yRange[0])} … ${axisText(yRange[1])}`;
}

/** A number as axes show it. */
export function axisText(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** An axis: what it shows, and in which unit. */
export interface Axis {
  label: string;
  /** Short name for tables. */
  name: string;
}

/** A line of a figure; one value for each x. */
export interface Series {
  name: string;
  values: readonly number[];
  /** Where on an axis of numbers its values are, one a value, in charts whose lines have places of their own. */
  at?: readonly number[];
  /** Half the width of a band around the line, one a value. */
  spread?: readonly number[];
  /** Of a line through the middles of distributions: how far down and up they go, one a value; in tables only. */
  between?: { readonly low: readonly number[]; readonly high: readonly number[] };
  /** Index of a point to emphasize. */
  emphasis?: number;
}

/** A statement about a figure that the numbers can bear out or not. */
export interface Claim {
  claim: string;
  /** `figure`: needed for the verdict `reproduced`. `text`: a remark of the paper's beside it. */
  about: "figure" | "text";
  holds: boolean;
  measured: string;
}

/** Another setting that was tried. */
export interface OtherReading {
  setting: string;
  outcome: string;
}

/** How a reproduction ended. */
export type Verdict =
  | "reproduced"
  | "reproduced with inferred parameters"
  | "not reproducible"
  | "nothing printed to compare with";

/**
 * The verdict on a figure: its claims about the figure must all hold, and what the paper left open is said. Of a figure
 * without such claims the paper has none.
 *
 * @example
 * verdictOn(figure); // { verdict: "reproduced with inferred parameters", why: "Inferred: alpha = 0.65 …" }
 */
export function verdictOn(figure: Pick<Figure, "claims" | "inferred">): { verdict: Verdict; why: string } {
  const failed = figure.claims.filter(({ about, holds }) => about === "figure" && !holds);
  if (failed.length > 0) {
    const reasons = failed.map(({ claim, measured }) => `${claim}: ${measured}`);
    return { verdict: "not reproducible", why: `Does not hold: ${reasons.join("; ")}.` };
  }
  if (!figure.claims.some(({ about }) => about === "figure"))
    return { verdict: "nothing printed to compare with", why: "The paper has no such figure." };
  if (figure.inferred.length === 0)
    return { verdict: "reproduced", why: "All claims about the figure hold." };
  return {
    verdict: "reproduced with inferred parameters",
    why: `All claims about the figure hold. Inferred: ${figure.inferred.join("; ")}.`,
  };
}
