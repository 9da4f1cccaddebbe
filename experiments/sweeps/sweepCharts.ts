import { chunks } from "../../numerics/chunks.ts";
import type { Series } from "../../reports/Figure.ts";
import { spreadWords } from "../../reports/spreadWords.ts";
import { meanAndDeviation } from "../learning/meanAndDeviation.ts";
import { type LineChart, LOOKS } from "../lineChart.ts";
import { niceAxis } from "../niceAxis.ts";
import type { ExpandedSweep } from "./expandSweep.ts";
import type { FoundRun } from "./FoundRun.ts";
import type { CurveDefinition } from "./RunKind.ts";
import type { SweepSpec } from "./SweepSpec.ts";
import { LONGEST_NAME, LONGEST_TITLE, shortened } from "./shortened.ts";
import { comparisonCharts } from "./sweepComparisons.ts";

/** Most charts of a sweep; tables have the rest. */
const MOST_CHARTS = 24;
/** Most points of a line: more are not told apart. */
const MOST_POINTS = 120;

/** Settings whose lines are in one chart. */
interface Panel {
  /** What they have in common, in words. */
  readonly title: string;
  /** By its name, the place of each line's setting. */
  readonly lines: readonly { readonly name: string; readonly place: number }[];
}

/**
 * What settings come to against what they cost (`comparisonCharts`), then curves with their spread over seeds: a line a value
 * of the last column that has several, a chart a combination of the others.
 */
export function sweepCharts(
  sweep: SweepSpec,
  expanded: ExpandedSweep,
  found: readonly FoundRun[],
): LineChart[] {
  const byPlace = Map.groupBy(found, ({ run }) => run.place);
  const panels = panelsOf(expanded);
  const curves = expanded.kind.curves
    .flatMap((curve) => panels.map((panel) => chartOf(sweep, curve, panel, byPlace)))
    .filter((chart) => chart !== undefined);
  return [...comparisonCharts(sweep, expanded, found), ...curves]
    .slice(0, MOST_CHARTS)
    .map((chart, i) => ({ ...chart, id: `${sweep.name}-${i + 1}` }));
}

function panelsOf({ columns, values, settings }: ExpandedSweep): Panel[] {
  const at = values.findLastIndex((labels) => labels.length > 1);
  const groups = Map.groupBy(
    settings.map(({ keys }, place) => ({ keys, place })),
    ({ keys }) => JSON.stringify(at === -1 ? keys : keys.with(at, "")),
  );
  return [...groups.values()].flatMap((group) => {
    const others = columns.flatMap((name, i) => (i === at ? [] : [`${name} ${group[0]!.keys[i]}`]));
    const lines = group.map(({ keys, place }) => ({
      name: at === -1 ? "all runs" : shortened(keys[at]!, LONGEST_NAME),
      place,
    }));
    return chunks(lines, LOOKS.length).map((some) => ({ title: others.join(", "), lines: some }));
  });
}

function chartOf(
  { title, name: sweep, seeds }: SweepSpec,
  { name, label, factor, x }: CurveDefinition,
  panel: Panel,
  byPlace: ReadonlyMap<number, readonly FoundRun[]>,
): Omit<LineChart, "id"> | undefined {
  const curves = panel.lines.map(({ name: line, place }) => ({
    line,
    runs: (byPlace.get(place) ?? []).flatMap(({ outcome }) => outcome.curves[name] ?? []),
  }));
  const all = [...new Set(curves.flatMap(({ runs }) => runs.flatMap((curve) => curve.x)))].sort(
    (a, b) => a - b,
  );
  const every = Math.ceil(all.length / MOST_POINTS);
  // The last one is what is compared.
  const shown = all.filter((_, i) => (all.length - 1 - i) % every === 0);
  const series = curves
    .filter(({ runs }) => runs.length > 0)
    .map(({ line, runs }) => seriesOf(line, runs, shown, factor));
  const ends = series.flatMap(({ values, spread }) =>
    values.flatMap((value, i) =>
      Number.isNaN(value) ? [] : [value - (spread?.[i] ?? 0), value + (spread?.[i] ?? 0)],
    ),
  );
  if (ends.length === 0) return undefined;
  const heading = title ?? sweep;
  return {
    title: shortened(panel.title === "" ? heading : `${heading}: ${panel.title}`, LONGEST_TITLE),
    setting: spreadWords(seeds.length),
    note: every === 1 ? "" : `Every ${every}th point is drawn.`,
    x: { ...x, values: shown },
    y: { name, label, ...niceAxis(ends) },
    series,
  };
}

/** Means over runs, with the standard deviation where there are several. */
function seriesOf(
  name: string,
  runs: readonly { x: readonly number[]; y: readonly (number | null)[] }[],
  shown: readonly number[],
  factor: number,
): Series {
  const points = runs.map(({ x, y }) => new Map(x.map((at, i) => [at, y[i]])));
  const summaries = shown.map((at) => {
    const known = points.map((ofRun) => ofRun.get(at)).filter((value) => typeof value === "number");
    return known.length === 0 ? { mean: Number.NaN, deviation: Number.NaN } : meanAndDeviation(known);
  });
  return {
    name,
    values: summaries.map(({ mean }) => factor * mean),
    ...(runs.length > 1 && {
      spread: summaries.map(({ deviation }) => (Number.isNaN(deviation) ? 0 : factor * deviation)),
    }),
  };
}
