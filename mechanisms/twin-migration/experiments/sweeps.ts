/** Figures over the size of tasks, resources and demand: who was trained or tuned on the grid plays where it is otherwise. */
import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import { DEFAULT_PARAMETERS, type MigrationParameters } from "../mathematics/parameters.ts";
import { judgedOf, REMARKS, studyParameters, studySetting, superlative } from "./curves.ts";
import type { Episodes, Measured } from "./measure.ts";
import { compare, type Metric, summarize, told } from "./metrics.ts";
import { INFERRED } from "./printed.ts";
import type { Study } from "./Study.ts";
import { GRID, gridScenario, HELD_OUT, LARGE, type Scenario, SMALL } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";
import { type Judged, missingBaselines, printedBaselines, ruleClaim, trendClaim } from "./verdicts.ts";

/** Something that is more or less of. */
export interface Sweep {
  readonly id: string;
  readonly label: string;
  readonly name: string;
  readonly values: readonly number[];
  /** Which of them is the grid as it is, or nearest to it. */
  readonly usual: number;
  readonly setting: string;
  readonly inferred: string;
  readonly episodes: Episodes;
  scenario(value: number): Scenario;
}

/** Mean size of a twin, MB. */
const MEAN_MEGABYTES = 30;

/** Size of twins with their tasks' cycles. */
export const TASK_SIZE: Sweep = {
  id: "size",
  label: "mean size of a twin, MB",
  name: "megabytes",
  values: [15, 22.5, 30, 37.5, 45],
  usual: 30,
  setting: "grid, 20 vehicles, 4 RSUs, 2 clouds, sizes and cycles scaled alike",
  inferred:
    "task size: twins and cycles of their tasks grow alike, from half to one and a half of Section V's",
  episodes: HELD_OUT,
  scenario(value) {
    const factor = value / MEAN_MEGABYTES;
    return gridScenario(`size-${value}`, `twins of ${value} MB`, SMALL, {
      ...scaled(["leastTwinMegabytes", "greatestTwinMegabytes"], factor),
      ...scaled(["leastTaskCycles", "greatestTaskCycles"], factor),
    });
  },
};

/** What servers have. */
export const RESOURCES: Sweep = {
  id: "resources",
  label: "resources of all servers, as a share of Section V's",
  name: "resources",
  values: [0.6, 0.8, 1, 1.2, 1.4],
  usual: 1,
  setting: "grid, 20 vehicles, 4 RSUs, 2 clouds, bands, clocks and units scaled alike",
  inferred: "resource level: bandwidth, clocks (at the same powers) and units for sale of all servers",
  episodes: HELD_OUT,
  scenario: (value) =>
    gridScenario(
      `resources-${value}`,
      `resources × ${value}`,
      SMALL,
      scaled(
        [
          "edgeBandwidthHz",
          "cloudBandwidthHz",
          "leastEdgeHz",
          "greatestEdgeHz",
          "leastCloudHz",
          "greatestCloudHz",
          "edgeUnits",
          "cloudUnits",
        ],
        value,
      ),
    ),
};

/** Vehicles that 10 RSUs and 3 clouds serve; who was trained with 20 vehicles plays without being trained again. */
export const DEMAND: Sweep = {
  id: "demand",
  label: "vehicles that 10 RSUs and 3 clouds serve",
  name: "vehicles",
  values: [60, 80, 100, 120, 140],
  usual: 100,
  setting: "grid, 10 RSUs, 3 clouds, trained or tuned at 20/4/2",
  inferred: "demand: vehicles, at the paper's number of servers",
  // An episode has five times the vehicles.
  episodes: { ...HELD_OUT, count: 10 },
  scenario: (value) =>
    gridScenario(
      `demand-${value}`,
      `${value} vehicles, 10/3`,
      { ...LARGE, vehicles: value },
      { scaled: false },
    ),
};

type Numeric = {
  [K in keyof MigrationParameters]: MigrationParameters[K] extends number ? K : never;
}[keyof MigrationParameters];

function scaled(names: readonly Numeric[], factor: number): Partial<MigrationParameters> {
  return Object.fromEntries(names.map((name) => [name, factor * DEFAULT_PARAMETERS[name]]));
}

/** What a figure over something shows. */
export interface SweepFigure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly yAxis: string;
  readonly text: string;
  readonly metric: Metric;
  readonly sweep: Sweep;
  /** How the paper has it. */
  readonly direction: "rises" | "falls";
  claims?(judged: Judged): readonly Claim[];
}

/** All contenders at each value. */
export async function sweepIn(study: Study, sweep: Sweep): Promise<Measured[][]> {
  const found: Measured[][] = [];
  const contenders = await study.contenders(GRID);
  const episodes = {
    first: sweep.episodes.first,
    count: Math.min(sweep.episodes.count, study.episodes.count),
  };
  for (const value of sweep.values) {
    const measured: Measured[] = [];
    for (const contender of contenders)
      measured.push(await study.measure(contender, sweep.scenario(value), GRID, episodes));
    found.push(measured);
  }
  return found;
}

/** A quantity over more and more of something. */
export async function sweepFigure(study: Study, figure: SweepFigure): Promise<Figure> {
  const { metric, sweep } = figure;
  const found = await sweepIn(study, sweep);
  const series: Series[] = found[0]!.map(({ name, runs }, at) => {
    const summaries = found.map((measured) => summarize(measured[at]!, metric));
    return {
      name,
      values: summaries.map(({ mean }) => mean),
      ...(runs.length > 1 && { spread: summaries.map(({ deviation }) => deviation) }),
    };
  });
  const judged = found.map((measured) => judgedOf(measured));
  const usual = judged[sweep.values.indexOf(sweep.usual)]!;
  return {
    paper: "twin-migration",
    id: figure.id,
    title: figure.title,
    printed: { caption: figure.caption, xAxis: sweep.label, yAxis: figure.yAxis, text: figure.text },
    parameters: {
      ...studyParameters(study, found[sweep.values.indexOf(sweep.usual)]!),
      sweep: { name: sweep.name, values: sweep.values, episodes: sweep.episodes },
    },
    setting: studySetting(study, sweep.setting),
    inferred: [...INFERRED, sweep.inferred],
    x: { label: sweep.label, name: sweep.name, values: sweep.values },
    y: { label: metric.label, name: metric.name, range: spanOf(series) },
    series,
    claims: [
      {
        claim: `MO-MADDPG has the ${superlative(metric)} ${metric.label} everywhere`,
        about: "figure",
        holds: judged.every(
          (one) =>
            missingBaselines(one) === "" &&
            printedBaselines(one).every((other) => compare(one.ours, other, metric).better),
        ),
        measured: judged
          .map((one, at) => {
            const better = printedBaselines(one).filter((other) => compare(one.ours, other, metric).better);
            const who = better.map(({ name }) => name).join(", ");
            return `at ${sweep.values[at]}: ${told(one.ours, metric)}, better than ${who || "none"}`;
          })
          .join("; ")
          .concat(missingBaselines(usual)),
      },
      trendClaim(`it ${figure.direction} for all`, figure.direction, printedLines(series), metric.digits),
      ...(figure.claims?.(usual) ?? []),
      ruleClaim(usual, metric),
    ],
    otherwise: [],
    remarks: REMARKS.slice(1),
    tables: [comparedTable(sweep, found, metric)],
  };
}

/** Lines of those that the paper shows. */
function printedLines(series: readonly Series[]): Series[] {
  return series.filter(({ name }) => !name.includes("rule"));
}

function comparedTable(sweep: Sweep, found: readonly (readonly Measured[])[], metric: Metric) {
  return {
    columns: [
      { header: metric.name },
      ...sweep.values.map((value) => ({ header: `${value}`, align: "right" as const })),
    ],
    rows: found[0]!.map(({ name }, at) => [name, ...found.map((measured) => told(measured[at]!, metric))]),
  };
}
