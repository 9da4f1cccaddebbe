import type { ExpandedSweep } from "./expandSweep.ts";
import { differencesOf, holm, type PairedTest, pairedTest } from "./pairedTest.ts";
import type { RunMetric } from "./RunKind.ts";

/** A comparison of two settings that differ in one column. */
export interface SweepTest extends PairedTest {
  readonly metric: RunMetric;
  /** Which column they differ in. */
  readonly column: string;
  readonly value: string;
  /** The first value of the column. */
  readonly against: string;
  /** What both have in the other columns, by column. */
  readonly where: Readonly<Record<string, string>>;
  /** The p that is judged by, Student's where it can be told, after Holm's adjustment for all tests of the sweep. */
  readonly adjustedP: number;
  /** Whether the value is better: `yes` and `no` (worse) only at {@link LEVEL}. */
  readonly holds: "yes" | "no" | "undecided";
}

/** Chance that anything is claimed that is not so. */
export const LEVEL = 0.05;

/** Values of a metric by setting, one a seed; NaN of a run that did not end with a number. */
export type MetricValues = (metric: RunMetric, place: number) => readonly number[];

/**
 * Compares, in each column, every value with the first one, seed by seed, in each combination of the other columns and for
 * each metric that claims are about. Empty for a sweep with one seed, which says nothing of chance.
 */
export function sweepTests(
  { kind, columns, values, settings }: ExpandedSweep,
  seeds: number,
  valuesOf: MetricValues,
): SweepTest[] {
  if (seeds < 2) return [];
  const placeOf = new Map(settings.map(({ keys }, place) => [JSON.stringify(keys), place]));
  const compared = kind.metrics
    .filter(({ isClaimed }) => isClaimed)
    .flatMap((metric) =>
      columns.flatMap((column, at) =>
        settings.flatMap(({ keys }, place) => {
          const against = values[at]![0]!;
          if (keys[at] === against) return [];
          const first = placeOf.get(JSON.stringify(keys.with(at, against)))!;
          const theirs = valuesOf(metric, first);
          const test = pairedTest(differencesOf(valuesOf(metric, place), theirs));
          const where = Object.fromEntries(
            columns.flatMap((name, i) => (i === at ? [] : [[name, keys[i]!]])),
          );
          return [{ ...test, metric, column, value: keys[at]!, against, where }];
        }),
      ),
    );
  const adjusted = holm(compared.map(({ studentP, flipP }) => studentP ?? flipP ?? Number.NaN));
  return compared.map((test, i) => ({
    ...test,
    adjustedP: adjusted[i]!,
    holds: verdict(test, adjusted[i]!),
  }));
}

function verdict({ metric, mean }: Pick<SweepTest, "metric" | "mean">, p: number): SweepTest["holds"] {
  if (!(p <= LEVEL)) return "undecided";
  return mean > 0 === (metric.better === "greater") ? "yes" : "no";
}
