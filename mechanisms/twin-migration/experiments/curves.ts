/** Figures over training episodes: what learners come to on the way, beside what does not learn. */
import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import { TUNED_NAME } from "./contenders.ts";
import { LEARNERS } from "./learnerSpecs.ts";
import type { Measured } from "./measure.ts";
import { deviationOf, METRICS, type Metric, meanOf, runMeans, summarize } from "./metrics.ts";
import { INFERRED } from "./printed.ts";
import type { LearnedContender, Study } from "./Study.ts";
import { GRID, HELD_OUT, type Scenario } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";
import { CURVE_EPISODES } from "./trainedLearners.ts";
import { bestClaim, type Judged, policyTable, ruleClaim, trendClaim } from "./verdicts.ts";

/** All that is compared in a scenario, measured on the held-out episodes: the rule is always tuned there. */
export async function compareIn(study: Study, scenario: Scenario, training = scenario): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const contender of await study.contenders(training, scenario)) {
    const of = contender.name === TUNED_NAME ? scenario : training;
    measured.push(await study.measure(contender, scenario, of));
  }
  return measured;
}

/** The learner that claims are about: MO-MADDPG from a warm start, which came to more than from a cold one. */
export function judgedOf(measured: readonly Measured[], name: string = LEARNERS.warm.name): Judged {
  const ours = measured.find((one) => one.name === name);
  if (ours === undefined) throw new RangeError(`${name} was not measured`);
  return { ours, others: measured.filter((one) => one !== ours) };
}

/** What a figure over episodes shows. */
export interface CurveFigure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly yAxis: string;
  readonly text: string;
  readonly metric: Metric;
  /** Whether it grows or falls while learners learn, as the paper has it. */
  readonly direction: "rises" | "falls";
  /** Claims about the figure beside those that all have. */
  claims?(judged: Judged): readonly Claim[];
}

/** A quantity over training episodes. */
export async function curveFigure(study: Study, figure: CurveFigure): Promise<Figure> {
  const { metric } = figure;
  const learned = await study.learners(GRID);
  const x = episodesOf(learned);
  const curves = learned.map((one) => curveOf(one, x, (point) => atLook(point, metric)));
  const flat: Series[] = [];
  for (const contender of [study.genetic(), await study.rule(GRID)]) {
    const few = await study.measure(contender, GRID, GRID, { ...HELD_OUT, count: CURVE_EPISODES });
    const { mean, deviation } = summarize(few, metric);
    flat.push({
      name: contender.name,
      values: x.map(() => mean),
      ...(few.runs.length > 1 && { spread: x.map(() => deviation) }),
    });
  }
  const measured = await compareIn(study, GRID);
  const judged = judgedOf(measured);
  const series = [...curves, ...flat];
  return {
    paper: "twin-migration",
    id: figure.id,
    title: figure.title,
    printed: {
      caption: figure.caption,
      xAxis: "episodes",
      yAxis: figure.yAxis,
      text: figure.text,
    },
    parameters: studyParameters(study, measured),
    setting: studySetting(study),
    inferred: INFERRED,
    x: { label: "training episodes", name: "episodes", values: x },
    y: { label: metric.label, name: metric.name, range: spanOf(afterFirst(series)) },
    series,
    claims: [
      bestClaim(judged, metric, `MO-MADDPG has the ${superlative(metric)} ${metric.label}`),
      trendClaim(`it ${figure.direction} while learners learn`, figure.direction, curves, metric.digits),
      ...(figure.claims?.(judged) ?? []),
      ruleClaim(judged, metric),
      {
        ...bestClaim(judgedOf(measured, LEARNERS.cold.name), metric, `the same from a cold start`),
        about: "text",
      },
    ],
    otherwise: [],
    remarks: [...REMARKS, "What untrained networks come to may lie beyond the axis; it is in the CSV."],
    tables: [policyTable(measured)],
  };
}

/** What readers must know of every figure with learners. */
export const REMARKS = [
  `Curves are of the ${CURVE_EPISODES} first held-out episodes, tables and claims of all ${HELD_OUT.count} with the chosen weights: the best of a training on four other episodes.`,
  "MADDPG and MADQN play without the game, as in the paper: their utility is of other prices.",
  "The tuned rule is no learner: greedy with hysteresis, tuned by 66 draws where it acts, once a seed; its spread is that of tunings.",
];

/** "highest" or "lowest". */
export function superlative({ better }: Metric): string {
  return better === "more" ? "highest" : "lowest";
}

/** Episodes at which the one that learned longest was looked at. */
export function episodesOf(learned: readonly LearnedContender[]): number[] {
  return learned
    .map(({ curves }) => curves[0]!.map(({ episode }) => episode))
    .reduce((longest, one) => (one.length > longest.length ? one : longest));
}

/** Lines without what untrained networks do, which would be all that an axis shows. */
function afterFirst(series: readonly Series[]): Series[] {
  return series.map(({ name, values, spread }) => ({
    name,
    values: values.slice(1),
    ...(spread !== undefined && { spread: spread.slice(1) }),
  }));
}

type CurvePoints = LearnedContender["curves"][number];

/** A line of a learner: not a number where it was not looked at. */
export function curveOf(
  { name, curves }: LearnedContender,
  x: readonly number[],
  of: (point: CurvePoints[number]) => number,
): Series {
  const found = x.map((episode) => {
    const values = curves.flatMap((points) => {
      const point = points.find((one) => one.episode === episode);
      return point === undefined ? [] : [of(point)];
    });
    return { mean: meanOf(values), deviation: deviationOf(values) };
  });
  const spread = found.map(({ mean, deviation }) => (Number.isFinite(mean) ? deviation : Number.NaN));
  return {
    name,
    values: found.map(({ mean }) => mean),
    ...(curves.length > 1 && { spread }),
  };
}

function atLook({ outcomes }: CurvePoints[number], metric: Metric): number {
  return runMeans({ name: "", runs: [outcomes] }, metric)[0]!;
}

/** All that numbers follow from: who was trained how, and what each run came to. */
export function studyParameters(
  study: Study,
  measured: readonly Measured[],
  training = GRID,
): Record<string, unknown> {
  return {
    heldOut: study.episodes,
    seeds: study.seeds,
    learners: Object.values(LEARNERS).map((spec) => ({
      ...spec,
      episodes: study.episodesOf(spec),
      trainings: study.trainings(spec, training) ?? null,
    })),
    runs: Object.fromEntries(
      measured.map((one) => [
        one.name,
        Object.fromEntries(
          Object.values(METRICS).map((metric) => [metric.name, runMeans(one, metric).map(nullIfNot)]),
        ),
      ]),
    ),
  };
}

function nullIfNot(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The setting in two lines. @param training - Where learners were trained. */
export function studySetting(
  study: Study,
  where = "grid, 20 vehicles, 4 RSUs, 2 clouds",
  training = GRID,
): string {
  const { cold, warm, maddpg, madqn } = LEARNERS;
  // Those that were asked for.
  const trained = [cold, warm, maddpg, madqn].flatMap((spec) => {
    const seeds = study.trainings(spec, training);
    const name = spec === cold ? "MO cold" : spec === warm ? "MO warm" : spec.name;
    return seeds === undefined ? [] : [`${name} ${study.episodesOf(spec)} × ${seeds}`];
  });
  return `${where} · ${study.episodes.count} held-out episodes from seed ${study.episodes.first}, the same for all\nepisodes × seeds: ${trained.join(", ")}; tunings: ${study.seeds}; bands ± 1 deviation`;
}
