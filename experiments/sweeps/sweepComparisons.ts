import { chunks } from "../../numerics/chunks.ts";
import { spreadWords } from "../../reports/spreadWords.ts";
import { meanAndDeviation } from "../learning/meanAndDeviation.ts";
import { type LineChart, LOOKS } from "../lineChart.ts";
import { niceAxis } from "../niceAxis.ts";
import type { ExpandedSweep, SweepSetting } from "./expandSweep.ts";
import type { FoundRun } from "./FoundRun.ts";
import type { ComparedFigure } from "./RunKind.ts";
import type { SweepSpec } from "./SweepSpec.ts";
import { LONGEST_NAME, LONGEST_TITLE, shortened } from "./shortened.ts";

/** Most points beside each other that still have room for their names. */
const MOST_NAMES = 10;
/** Values that differ by less than this share of the largest are the same. */
const SAME = 1e-3;

/** A setting's figures, over seeds. */
interface Point {
  readonly x: number;
  readonly y: number;
  /** Standard deviation of y; 0 of one seed. */
  readonly spread: number;
}

/** Settings in one chart. */
interface Panel {
  /** What they have in common, in words. */
  readonly title: string;
  readonly places: readonly number[];
}

/**
 * Figures of settings against another figure of theirs, such as the score against what is spent, with their spread over
 * seeds. A line is a value of the last column that has several, its points are those of the column before it that has; a
 * chart is a combination of the others. Where the other figure is the same for all, settings stand side by side instead.
 */
export function comparisonCharts(
  sweep: SweepSpec,
  expanded: ExpandedSweep,
  found: readonly FoundRun[],
): Omit<LineChart, "id">[] {
  const { kind, columns, values } = expanded;
  const several = columns.flatMap((_, at) => (values[at]!.length > 1 ? [at] : []));
  const [along, across] = several.length > 1 ? several.slice(-2) : [undefined, several[0]];
  if (kind.comparisons === undefined || across === undefined) return [];
  const { x, y } = kind.comparisons;
  const byPlace = Map.groupBy(found, ({ run }) => run.place);
  return y.flatMap((figure) =>
    panelsOf(expanded, [along, across]).flatMap(({ title, places }) => {
      const points = new Map(
        places.flatMap((place) => {
          const point = pointOf(byPlace.get(place) ?? [], x, figure);
          return point === undefined ? [] : [[place, point] as const];
        }),
      );
      if (points.size === 0) return [];
      const heading = [sweep.title ?? sweep.name, ...(title === "" ? [] : [title])].join(": ");
      const parts = { expanded, points, along, across, x, figure, seeds: sweep.seeds.length };
      const charts = differ([...points.values()].map((point) => point.x))
        ? lineCharts(parts)
        : namedCharts(parts);
      return charts.map((chart) => ({
        ...chart,
        title: shortened(`${chart.title} (${heading})`, LONGEST_TITLE),
        setting: spreadWords(sweep.seeds.length),
      }));
    }),
  );
}

interface Parts {
  readonly expanded: ExpandedSweep;
  /** By the place of the setting. */
  readonly points: ReadonlyMap<number, Point>;
  readonly along: number | undefined;
  readonly across: number;
  readonly x: ComparedFigure;
  readonly figure: ComparedFigure;
  readonly seeds: number;
}

/** Settings at what they have of the other figure. */
function lineCharts({
  expanded,
  points,
  across,
  x,
  figure,
  seeds,
}: Parts): Omit<LineChart, "id" | "setting">[] {
  const { settings, values } = expanded;
  return chunks(values[across]!, LOOKS.length).flatMap((labels) => {
    const series = labels.flatMap((label) => {
      const own = [...points].flatMap(([place, point]) =>
        settings[place]!.keys[across] === label ? [point] : [],
      );
      if (own.length === 0) return [];
      return [
        {
          name: shortened(label, LONGEST_NAME),
          at: own.map((point) => point.x),
          values: own.map((point) => point.y),
          ...(seeds > 1 && { spread: own.map((point) => point.spread) }),
        },
      ];
    });
    if (series.length === 0) return [];
    const from = x.bounds?.least ?? Number.NaN;
    const axis = niceAxis([from, ...series.flatMap(({ at }) => at)], x.bounds);
    return [
      {
        title: `${figure.what} by ${x.what}`,
        note: "Points are means over the seeds, on both axes.",
        x: { name: x.name, label: x.label, values: axis.range, step: axis.step },
        y: yAxis(figure, series),
        series,
      },
    ];
  });
}

/** Settings side by side, by their names. */
function namedCharts({
  expanded,
  points,
  along,
  across,
  figure,
  seeds,
}: Parts): Omit<LineChart, "id" | "setting">[] {
  const { settings, values, columns } = expanded;
  const placeOf = (own: string | undefined, label: string) =>
    [...points.keys()].find((place) => {
      const { keys } = settings[place]!;
      return keys[across] === label && (along === undefined || keys[along] === own);
    });
  const lines = along === undefined ? ["all runs"] : values[along]!;
  return chunks(values[across]!, MOST_NAMES).flatMap((labels) =>
    chunks(lines, LOOKS.length).flatMap((some) => {
      const series = some.map((line) => {
        const own = labels.map((label) => points.get(placeOf(line, label) ?? -1));
        return {
          name: shortened(line, LONGEST_NAME),
          values: own.map((point) => point?.y ?? Number.NaN),
          ...(seeds > 1 && { spread: own.map((point) => point?.spread ?? 0) }),
        };
      });
      if (series.every((one) => one.values.every(Number.isNaN))) return [];
      return [
        {
          title: `${figure.what} by ${columns[across]}`,
          note: "",
          x: {
            ...{ name: columns[across]!, label: columns[across]! },
            ...{
              values: labels.map((_, i) => i),
              names: labels.map((label) => shortened(label, LONGEST_NAME)),
            },
          },
          y: yAxis(figure, series),
          series,
        },
      ];
    }),
  );
}

function yAxis(
  { name, label, bounds }: ComparedFigure,
  series: readonly { values: readonly number[]; spread?: readonly number[] }[],
): LineChart["y"] {
  const ends = series.flatMap(({ values, spread }) =>
    values.flatMap((value, i) => [value - (spread?.[i] ?? 0), value + (spread?.[i] ?? 0)]),
  );
  return { name, label, ...niceAxis(ends, bounds) };
}

function panelsOf({ columns, settings }: ExpandedSweep, inside: readonly (number | undefined)[]): Panel[] {
  const rest = ({ keys }: SweepSetting) => keys.map((key, at) => (inside.includes(at) ? "" : key));
  const groups = Map.groupBy(
    settings.map((setting, place) => ({ setting, place })),
    ({ setting }) => JSON.stringify(rest(setting)),
  );
  return [...groups.values()].map((group) => ({
    title: columns
      .flatMap((name, at) => (inside.includes(at) ? [] : [`${name} ${group[0]!.setting.keys[at]}`]))
      .join(", "),
    places: group.map(({ place }) => place),
  }));
}

/** Means over those runs that have both figures. */
function pointOf(runs: readonly FoundRun[], x: ComparedFigure, figure: ComparedFigure): Point | undefined {
  const both = runs.flatMap(({ outcome: { metrics } }) => {
    const known = Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]),
    );
    const pair = [x.of(known), figure.of(known)] as const;
    return pair.every(Number.isFinite) ? [pair] : [];
  });
  if (both.length === 0) return undefined;
  const { mean, deviation } = meanAndDeviation(both.map(([, value]) => value));
  return {
    x: meanAndDeviation(both.map(([at]) => at)).mean,
    y: mean,
    spread: Number.isNaN(deviation) ? 0 : deviation,
  };
}

function differ(values: readonly number[]): boolean {
  const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return values.some((value) => Math.abs(value - values[0]!) > SAME * size);
}
