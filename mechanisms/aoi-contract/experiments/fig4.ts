import { greatest } from "../../../numerics/extremes.ts";
import type { Claim, Figure, OtherReading } from "../../../reports/Figure.ts";
import { fillsAxis } from "../../../reports/fillsAxis.ts";
import { type Contract, solveContract } from "../mathematics/optimalContract.ts";
import {
  CANONICAL,
  describeSetting,
  type OpenParameters,
  paperSetting,
  specOf,
  TYPES,
} from "./paperSetting.ts";

/** Values of α on which the claims are checked. */
const PREFERENCES: readonly number[] = Array.from({ length: 13 }, (_, i) => (20 + 5 * i) / 100);
/** Values of α whose lines are drawn, the paper's ticks. */
const DRAWN: readonly number[] = [0.2, 0.4, 0.6, 0.8];

/** What one of the four panels shows of a contract. */
interface Panel {
  id: string;
  title: string;
  caption: string;
  yAxis: string;
  printedRange: readonly [number, number];
  axis: { label: string; name: string; range: readonly [number, number] };
  value: (contract: Contract) => number[];
  /** What the text says of it. */
  text: string;
  workers?: number;
  inferred?: readonly string[];
}

const PANELS: Readonly<Record<"a" | "b" | "c" | "d", Panel>> = {
  a: {
    id: "fig4a",
    title: "Fig. 4a: update frequency by type and preference factor α",
    caption: "(a) Number of update cycles.",
    yAxis: "number of update cycles",
    printedRange: [0, 0.02],
    axis: { label: "update frequency f, 1/s", name: "frequency", range: [0, 0.025] },
    value: (contract) => contract.frequencies,
    text: "For a fixed type, the increasing α brings a larger number of update cycles.",
  },
  b: {
    id: "fig4b",
    title: "Fig. 4b: reward by type and preference factor α",
    caption: "(b) Reward.",
    yAxis: "reward",
    printedRange: [0, 8],
    axis: { label: "reward R, currency/s", name: "reward", range: [0, 8] },
    value: (contract) => contract.rewards,
    text: "For a fixed type, the increasing α brings a larger reward.",
  },
  c: {
    id: "fig4c",
    title: "Fig. 4c: utility of the service provider by type and preference factor α",
    caption: "(c) Utility of the service provider.",
    yAxis: "utility of service provider",
    printedRange: [0, 10],
    axis: { label: "utility of provider M Qₙ (Gₙ − Rₙ), currency/s", name: "utility", range: [0, 10] },
    value: (contract) => contract.providerUtilities,
    text: "The increasing α improves the utility of the service provider. α has a linearly increasing relationship with the utility of the service provider when K − A_n > H − D_n.",
    workers: 1,
    inferred: ["M Q_n = 0.1, that is M = 1: a tenth of Fig. 3's"],
  },
  d: {
    id: "fig4d",
    title: "Fig. 4d: utility of a worker by type and preference factor α",
    caption: "(d) Utilities of workers.",
    yAxis: "utilities of workers",
    printedRange: [0, 6],
    axis: { label: "utility of worker R − δ f, currency/s", name: "utility", range: [0, 6] },
    value: (contract) => contract.workerUtilities,
    text: "As a result, the utilities of the workers also grow.",
  },
};

export const fig4a = (): Figure => panel(PANELS.a);
export const fig4b = (): Figure => panel(PANELS.b);
export const fig4c = (): Figure => panel(PANELS.c);
export const fig4d = (): Figure => panel(PANELS.d);

function panel({ workers, inferred = [], ...shown }: Panel): Figure {
  const open = { ...CANONICAL, workers: workers ?? CANONICAL.workers };
  const rows = surface(open, shown.value);
  const other = (setting: string, change: Partial<OpenParameters>): OtherReading => {
    const found = surface({ ...open, ...change }, shown.value);
    const scale = fillsAxis(found.flat(), shown.printedRange);
    return { setting, outcome: `${risesWithPreference(found).measured}; ${scale.measured}` };
  };
  return {
    paper: "aoi-contract",
    id: shown.id,
    title: shown.title,
    printed: {
      caption: `Preference Factor α vs. Contract Items and Utilities. ${shown.caption}`,
      xAxis: "Type 1 … 10 and Preference Factor α 0.2 … 0.8",
      yAxis: shown.yAxis,
      yRange: shown.printedRange,
      text: `${shown.text} (“under adjustable update phase with fixed idle phase of workers”)`,
    },
    parameters: specOf(open, ["alpha"]),
    setting: describeSetting(open, ["alpha"]),
    inferred: [
      "the collection phase is fixed, c = 5; the text says the idle phase",
      "latency by eq. 2 as printed, as in Fig. 3; either form fits",
      ...inferred,
    ],
    x: { label: "type n of worker, γ = n/1000", name: "type", values: TYPES },
    y: shown.axis,
    depth: { label: "preference factor α", name: "α" },
    series: DRAWN.map((alpha) => ({ name: `α = ${alpha}`, values: rows[PREFERENCES.indexOf(alpha)]! })),
    claims: [
      { claim: "for a fixed type, it rises with α", about: "figure", ...risesWithPreference(rows) },
      { claim: "it rises with the type", about: "figure", ...risesWithType(rows) },
      {
        claim: "the scale is the printed one",
        about: "figure",
        ...fillsAxis(rows.flat(), shown.printedRange),
      },
      ...(shown.id === "fig4c" ? [linearity(rows)] : []),
    ],
    otherwise: [
      other("the idle phase fixed at a = 5, as the text says", { mode: "fixed_a" }),
      other("latency by eq. 2 corrected", { latency: "exact" }),
    ],
    remarks: [],
  };
}

/** Rows by α, columns by type. */
function surface(open: OpenParameters, value: Panel["value"]): number[][] {
  return PREFERENCES.map((agePreference) => value(solveContract(paperSetting({ ...open, agePreference }))));
}

function risesWithPreference(rows: readonly number[][]): { holds: boolean; measured: string } {
  const rising = TYPES.filter((_, n) =>
    rows.every((row, i) => i === 0 || row[n]! >= rows[i - 1]![n]! - 1e-12),
  );
  const [first, last] = [rows[0]!, rows.at(-1)!];
  return {
    holds: rising.length === TYPES.length,
    measured: `rises for ${rising.length} of ${TYPES.length} types; type 10 from ${first[9]!.toPrecision(4)} at α = 0.2 to ${last[9]!.toPrecision(4)} at 0.8`,
  };
}

function risesWithType(rows: readonly number[][]): { holds: boolean; measured: string } {
  const rising = rows.filter((row) => row.every((value, n) => n === 0 || value >= row[n - 1]! - 1e-12));
  return {
    holds: rising.length === rows.length,
    measured: `for ${rising.length} of ${rows.length} values of α`,
  };
}

/** "A linearly increasing relationship": how far the sum over types is from the chord. */
function linearity(rows: readonly number[][]): Claim {
  const totals = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
  const [first, last] = [totals[0]!, totals.at(-1)!];
  const bend = totals.map((total, i) => Math.abs(total - first - ((last - first) * i) / (totals.length - 1)));
  const share = greatest(bend) / (last - first);
  return {
    claim: "the provider's utility is linear in α",
    about: "text",
    holds: share < 1e-3,
    measured: `bends by ${(100 * share).toFixed(1)} % of its rise: g is linear in α, its logarithm is not`,
  };
}
