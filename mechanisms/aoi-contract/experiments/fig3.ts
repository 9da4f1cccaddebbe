import { greatest, least } from "../../../numerics/extremes.ts";
import type { Claim, Figure, OtherReading } from "../../../reports/Figure.ts";
import { fillsAxis } from "../../../reports/fillsAxis.ts";
import { type Contract, type Scheme, solveContract } from "../mathematics/optimalContract.ts";
import { CANONICAL, describeSetting, type OpenParameters, paperSetting, specOf } from "./paperSetting.ts";

/** Lengths of the fixed phase on the x axis, periods. */
const PHASES: readonly number[] = Array.from({ length: 11 }, (_, i) => i + 2);
/** Schemes in the order of the legend. */
const SCHEMES: readonly Scheme[] = ["CC", "CA", "CS"];
const NAMES: Readonly<Record<Scheme, string>> = {
  CA: "CA, asymmetric information",
  CC: "CC, complete information",
  CS: "CS, social welfare",
};
const INFERRED = [
  "the collection phase is fixed, and its length on the x axis, although the text calls a the idle phase",
  "latency by eq. 2 as printed",
  "alpha = 0.65",
  "M Q_n = 1, that is M = 10 (the text has M = 20)",
];

type Curves = Record<Scheme, Contract[]>;

function curves(open: OpenParameters): Curves {
  const solve = (scheme: Scheme) =>
    PHASES.map((fixedPeriods) => solveContract(paperSetting({ ...open, fixedPeriods }), scheme));
  return { CA: solve("CA"), CC: solve("CC"), CS: solve("CS") };
}

/** Fig. 3a: the provider's utility under the three schemes, by the length of the fixed phase. */
export function fig3a(): Figure {
  const found = provider(curves(CANONICAL));
  const printedRange = [860, 940] as const;
  const ordered = PHASES.every((_, i) => found.CC[i]! >= found.CA[i]! && found.CA[i]! >= found.CS[i]!);
  return {
    paper: "aoi-contract",
    id: "fig3a",
    title: "Fig. 3a: utility of the service provider",
    printed: {
      caption: "Utility vs. Duration Parameter a. (a) Utility of the service provider.",
      xAxis: "Duration Parameter a, 2 … 12",
      yAxis: "utility of service provider",
      yRange: printedRange,
      text: "The utility of the service provider first increases and then decreases with the increasing duration parameter a. The provider has the best utility under CC; CA has better utility than CS.",
    },
    parameters: specOf(CANONICAL, ["k"]),
    setting: describeSetting(CANONICAL, ["k"]),
    inferred: INFERRED,
    x: { label: "length of the fixed phase, periods of 2 s", name: "periods", values: PHASES },
    y: { label: "utility of provider Uₛ, currency/s", name: "utility", range: printedRange },
    series: SCHEMES.map((scheme) => ({ name: NAMES[scheme], values: found[scheme] })),
    claims: [
      { claim: "CC ≥ CA ≥ CS everywhere", about: "figure", holds: ordered, measured: ends(found) },
      ...SCHEMES.map(
        (scheme): Claim => ({
          claim: `${scheme} rises, then falls`,
          about: "figure",
          ...risesThenFalls(found[scheme]),
        }),
      ),
      {
        claim: "the scale is the printed one",
        about: "figure",
        ...fillsAxis(Object.values(found).flat(), printedRange),
      },
    ],
    otherwise: [
      reading("the idle phase fixed, as the text says", { ...CANONICAL, mode: "fixed_a" }),
      reading("latency by eq. 2 corrected", { ...CANONICAL, latency: "exact" }),
      reading("both: idle phase fixed, latency corrected", {
        ...CANONICAL,
        mode: "fixed_a",
        latency: "exact",
      }),
      ...[0.5, 0.8].map((agePreference) => reading(`α = ${agePreference}`, { ...CANONICAL, agePreference })),
      reading("M = 20, as the text says", { ...CANONICAL, workers: 20 }),
    ],
    remarks: [
      "That the utility falls again, and so that there is an optimal duration, comes from eq. 2's misprint: with the corrected latency every curve rises all the way from 2 to 12.",
    ],
  };
}

/** Fig. 3b: the workers' utility under the three schemes, by the length of the fixed phase. */
export function fig3b(): Figure {
  const solved = curves(CANONICAL);
  const found = workers(solved);
  const printedRange = [0, 600] as const;
  const most = greatest(found.CS);
  const ordered = PHASES.every((_, i) => found.CS[i]! >= found.CA[i]! && found.CA[i]! > 0);
  const gap = greatest(
    PHASES.map((_, i) =>
      Math.abs(solved.CC[i]!.providerUtility - solved.CS[i]!.providerUtility - found.CS[i]!),
    ),
  );
  return {
    paper: "aoi-contract",
    id: "fig3b",
    title: "Fig. 3b: utility of the workers",
    printed: {
      caption: "Utility vs. Duration Parameter a. (b) Utilities of workers.",
      xAxis: "Duration Parameter a, 2 … 12",
      yAxis: "utilities of workers",
      yRange: printedRange,
      text: "CC sets the benefit of workers to zero. The workers obtain the optimal utilities under CS. The utilities of the workers under CA are better than under CC.",
    },
    parameters: specOf(CANONICAL, ["k"]),
    setting: describeSetting(CANONICAL, ["k"]),
    inferred: INFERRED,
    x: { label: "length of the fixed phase, periods of 2 s", name: "periods", values: PHASES },
    y: { label: "utility of workers W = M Σ Qₙ Uₙ, currency/s", name: "utility", range: [0, 80] },
    series: SCHEMES.map((scheme) => ({ name: NAMES[scheme], values: found[scheme] })),
    claims: [
      { claim: "CS ≥ CA > 0 everywhere", about: "figure", holds: ordered, measured: ends(found) },
      {
        claim: "CC leaves nothing to the workers",
        about: "figure",
        holds: greatest(found.CC.map(Math.abs)) < 1e-9,
        measured: `at most ${greatest(found.CC.map(Math.abs)).toExponential(1)}`,
      },
      {
        claim: "the scale is the printed one",
        about: "figure",
        ...fillsAxis(Object.values(found).flat(), printedRange),
      },
    ],
    otherwise: [
      {
        setting: "summed over types without Q_n, W = M Σ U_n with M = 10",
        outcome: `CA ${span(found.CA.map((value) => 10 * value))}, CS ${span(found.CS.map((value) => 10 * value))}: hundreds, as printed, but beyond the axis`,
      },
      {
        setting: "the idle phase fixed, as the text says",
        outcome: describe(workers(curves({ ...CANONICAL, mode: "fixed_a" }))),
      },
    ],
    remarks: [
      `The orders hold; the printed scale cannot be that of Fig. 3a. CC and CS choose the same frequencies and share the same welfare, so W_CS = U_s,CC − U_s,CS (here to ${gap.toExponential(0)}). Fig. 3a's own axis, 860 … 940, bounds that by 80; ours reaches ${most.toFixed(1)}. An axis to 600 needs another sum.`,
    ],
  };
}

function provider(found: Curves): Record<Scheme, number[]> {
  return mapCurves(found, (contract) => contract.providerUtility);
}

function workers(found: Curves): Record<Scheme, number[]> {
  return mapCurves(found, (contract) => contract.workersUtility);
}

function mapCurves(found: Curves, value: (contract: Contract) => number): Record<Scheme, number[]> {
  return { CA: found.CA.map(value), CC: found.CC.map(value), CS: found.CS.map(value) };
}

function reading(setting: string, open: OpenParameters): OtherReading {
  return { setting, outcome: describe(provider(curves(open))) };
}

function describe(found: Record<Scheme, number[]>): string {
  return SCHEMES.map((scheme) => `${scheme} ${risesThenFalls(found[scheme]).measured}`).join("; ");
}

/** A peak inside, with one rise before and one fall after it. */
function risesThenFalls(values: readonly number[]): { holds: boolean; measured: string } {
  const peak = values.indexOf(greatest(values));
  const steps = values.slice(1).map((value, i) => Math.sign(value - values[i]!));
  const single = steps.every((sign, i) => sign === (i < peak ? 1 : -1));
  const holds = single && peak > 0 && peak < values.length - 1;
  const flat = greatest(values) - least(values) < 1e-9;
  if (flat) return { holds: false, measured: `${values[0]!.toFixed(1)} throughout` };
  const shape = holds
    ? `peaks at ${PHASES[peak]}`
    : peak === values.length - 1
      ? "rises throughout"
      : peak === 0
        ? "falls throughout"
        : "has several peaks";
  return { holds, measured: `${span(values)}, ${shape}` };
}

function span(values: readonly number[]): string {
  return `${least(values).toFixed(1)} … ${greatest(values).toFixed(1)}`;
}

/** The curves' values at both ends of the axis. */
function ends(found: Record<Scheme, number[]>): string {
  const at = (index: number) =>
    SCHEMES.map((scheme) => `${scheme} ${found[scheme].at(index)!.toFixed(2)}`).join(", ");
  return `at ${PHASES[0]}: ${at(0)}; at ${PHASES.at(-1)}: ${at(-1)}`;
}
