import { BaseError } from "../../protocol/BaseError.ts";
import type { Table } from "../../reports/Table.ts";
import type { LearningResult, TestedClaim } from "../learning/LearningResult.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { ExpandedSweep } from "./expandSweep.ts";
import type { FoundRun } from "./FoundRun.ts";
import { groupTable } from "./groupTable.ts";
import type { RunMetric } from "./RunKind.ts";
import type { SweepOutcome } from "./runSweep.ts";
import type { SweepSpec } from "./SweepSpec.ts";
import { sweepCharts } from "./sweepCharts.ts";
import { sweepTable } from "./sweepTable.ts";
import { type SweepTest, sweepTests } from "./sweepTests.ts";

/** All that is told of a sweep. */
export interface SweepResult {
  readonly sweep: SweepSpec;
  readonly expanded: ExpandedSweep;
  /** As experiments on learning tell theirs; NaN of a run that did not end with a number. */
  readonly learning: LearningResult;
  /** Settings with mean ± standard deviation of each metric. */
  readonly table: Table;
  /** The same of clients that are alike, where runs have a population. */
  readonly groups: Table | undefined;
  readonly tests: readonly SweepTest[];
  readonly found: readonly FoundRun[];
  readonly failures: SweepOutcome["failures"];
  /** Runs that were not made, as the sweep was stopped. */
  readonly missing: number;
}

/**
 * What a sweep found, put together.
 *
 * @throws BaseError `SWEEP_DATA_DIFFER` for runs of one data set that saw different samples.
 */
export function sweepResult(
  sweep: SweepSpec,
  expanded: ExpandedSweep,
  { outcomes, failures }: SweepOutcome,
): SweepResult {
  const { kind, settings, columns, runs } = expanded;
  const found = runs.flatMap((run): FoundRun[] => {
    const outcome = outcomes.get(run.name);
    return outcome === undefined ? [] : [{ run, outcome }];
  });
  assertSameData(expanded, found);
  const outcomeOf = new Map(found.map(({ run, outcome }) => [`${run.place}/${run.seed}`, outcome]));
  const valuesOf = (metric: RunMetric, place: number) =>
    sweep.seeds.map((seed) => outcomeOf.get(`${place}/${seed}`)?.metrics[metric.name] ?? Number.NaN);
  const tests = sweepTests(expanded, sweep.seeds.length, valuesOf);
  const learning: LearningResult = {
    id: sweep.name,
    title: sweep.title ?? sweep.name,
    setting: settingSentences(sweep, expanded),
    seeds: sweep.seeds,
    keys: columns,
    metrics: kind.metrics.map(({ name, label, factor, digits }) => ({ name, label, factor, digits })),
    rows: settings.map(({ keys }, place) => ({
      keys,
      values: Object.fromEntries(
        kind.metrics
          .map((metric) => [metric.name, valuesOf(metric, place)] as const)
          // What no run of a setting has means nothing in it.
          .filter(([, values]) => values.some(Number.isFinite)),
      ),
    })),
    claims: tests.map(claimOf),
    charts: sweepCharts(sweep, expanded, found),
  };
  return {
    sweep,
    expanded,
    learning,
    table: sweepTable(learning),
    groups: groupTable(expanded, found),
    tests,
    found,
    failures,
    missing: runs.length - found.length - failures.length,
  };
}

function settingSentences(sweep: SweepSpec, { kind, columns, values }: ExpandedSweep): string[] {
  return [
    `Runs of the kind ${kind.kind}: ${kind.about}.`,
    ...columns.map((column, i) => `${column}: ${values[i]!.join("; ")}.`),
    `Base: ${canonicalJson(sweep.base)}`,
  ];
}

/** The runs were perhaps made on different days: what they learned from must be the same. */
function assertSameData({ kind, settings }: ExpandedSweep, found: readonly FoundRun[]): void {
  const first = new Map<string, FoundRun>();
  for (const one of found) {
    const dataset = canonicalJson(kind.dataset(settings[one.run.place]!.setting));
    const before = first.get(dataset);
    if (before === undefined) first.set(dataset, one);
    else if (before.outcome.data !== one.outcome.data) {
      throw new BaseError("SWEEP_DATA_DIFFER", "Runs of the sweep saw different data by the same name.", {
        details: `Of ${dataset}, the run ${before.run.name} learned from data with the digest ${before.outcome.data}, the run ${one.run.name} from ${one.outcome.data}.`,
        next: "Remove the runs that were made with the wrong files (runs/NAME.json of each), or run the sweep in another directory.",
      });
    }
  }
}

function claimOf(test: SweepTest): TestedClaim {
  const { metric, column, value, against, where, holds } = test;
  const others = Object.entries(where).map(([name, key]) => `${name} ${key}`);
  const place = others.length === 0 ? "" : `, with ${others.join(", ")}`;
  return {
    claim: `${column} ${value} is better than ${against} by ${metric.name}${place}`,
    holds,
    measured: measuredText(test),
  };
}

/** A difference with its spread, how many seeds had it, and how likely chance alone gives it. */
export function measuredText({ metric, mean, deviation, above, pairs, adjustedP }: SweepTest): string {
  if (pairs === 0) return "no seed with which both ended with a number";
  const { factor, unit } = metric;
  const spread = Number.isNaN(deviation) ? "" : ` ± ${(factor * deviation).toFixed(2)}`;
  const sign = mean < 0 ? "−" : "+";
  return `${sign}${Math.abs(factor * mean).toFixed(2)}${spread} ${unit}, above 0 with ${above} of ${pairs} seeds, p ${pText(adjustedP)}`;
}

/** A p-value for people. */
export function pText(p: number | undefined): string {
  if (p === undefined || Number.isNaN(p)) return "–";
  return p < 0.0001 ? "< 0.0001" : p.toFixed(4);
}
