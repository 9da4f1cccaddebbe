import { dataTable, type RowOf } from "../../reports/exports/DataTable.ts";
import type { Exported } from "../../reports/exports/Exported.ts";
import type { EventRun } from "../../reports/exports/eventFile.ts";
import { recordedLearning } from "../export/recordedResults.ts";
import { resultsExport } from "../export/resultsExport.ts";
import type { FoundRun } from "./FoundRun.ts";
import type { SweepResult } from "./sweepResult.ts";
import {
  SWEEP_CURVE_TABLE,
  SWEEP_GROUP_TABLE,
  SWEEP_RUN_TABLE,
  SWEEP_TEST_TABLE,
} from "./sweepTableDefinitions.ts";

/**
 * A sweep for other programs: the tables and lines of `experiment export`, and besides every run, its curves and the tests.
 * In TensorBoard each run is one, with its curves over their x.
 *
 * @param written - The sweep's `.json`, parsed.
 */
export function sweepExport(result: SweepResult, written: unknown): Exported {
  const name = result.sweep.name;
  const { tables, runs } = resultsExport([{ name, kind: "learning", content: recordedLearning(written) }]);
  return {
    tables: [
      ...tables,
      dataTable(SWEEP_RUN_TABLE, runRows(result)),
      dataTable(
        SWEEP_CURVE_TABLE,
        result.found.flatMap((found) => curveRows(result, found)),
      ),
      dataTable(
        SWEEP_GROUP_TABLE,
        result.found.flatMap((found) => groupRows(result, found)),
      ),
      dataTable(SWEEP_TEST_TABLE, testRows(result)),
    ].filter(({ rows }) => rows.length > 0),
    runs: [...runs, ...result.found.map((found) => eventRun(result, found))],
  };
}

function keysOf({ expanded: { columns, settings } }: SweepResult, place: number): string {
  return JSON.stringify(Object.fromEntries(columns.map((column, i) => [column, settings[place]!.keys[i]])));
}

function runRows(result: SweepResult): RowOf<typeof SWEEP_RUN_TABLE>[] {
  const outcomes = new Map(result.found.map(({ run, outcome }) => [run.name, outcome]));
  const failures = new Map(result.failures.map(({ run, failure }) => [run.name, failure]));
  return result.expanded.runs.map((run) => {
    const [outcome, failure] = [outcomes.get(run.name), failures.get(run.name)];
    return {
      sweep: result.sweep.name,
      run: run.name,
      keys: keysOf(result, run.place),
      seed: run.seed,
      state: outcome !== undefined ? "finished" : failure !== undefined ? "failed" : "missing",
      error: failure?.code ?? null,
      setting: JSON.stringify(run.setting),
      data: outcome?.data ?? null,
      more: outcome?.more === undefined ? null : JSON.stringify(outcome.more),
    };
  });
}

function curveRows(result: SweepResult, { run, outcome }: FoundRun): RowOf<typeof SWEEP_CURVE_TABLE>[] {
  const common = { sweep: result.sweep.name, run: run.name, keys: keysOf(result, run.place), seed: run.seed };
  return Object.entries(outcome.curves).flatMap(([curve, { x, y }]) =>
    x.map((at, i) => ({ ...common, curve, x: at, y: y[i] ?? null })),
  );
}

function groupRows(result: SweepResult, { run, outcome }: FoundRun): RowOf<typeof SWEEP_GROUP_TABLE>[] {
  const common = { sweep: result.sweep.name, run: run.name, keys: keysOf(result, run.place), seed: run.seed };
  return (outcome.groups ?? []).map(({ pay, cost, utility, ...group }) => ({
    ...{ ...common, ...group, pay_tokens: pay, cost_tokens: cost, utility_tokens: utility },
  }));
}

function testRows({ sweep, tests }: SweepResult): RowOf<typeof SWEEP_TEST_TABLE>[] {
  const orNull = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
  return tests.map(({ metric, column, value, against, where, pairs, mean, deviation, above, ...test }) => ({
    ...{ sweep: sweep.name, metric: metric.name, column, value, against, pairs, above, holds: test.holds },
    elsewhere: JSON.stringify(where),
    mean: orNull(mean),
    deviation: orNull(deviation),
    p_student: orNull(test.studentP),
    p_signs: orNull(test.flipP),
    p_adjusted: orNull(test.adjustedP),
  }));
}

/** Steps are what x is, where that is whole. */
function eventRun({ sweep, expanded: { settings } }: SweepResult, { run, outcome }: FoundRun): EventRun {
  const keys = settings[run.place]!.keys;
  return {
    name: [sweep.name, "runs", keys.length === 0 ? "base" : keys.join(", "), `seed ${run.seed}`],
    scalars: Object.entries(outcome.curves).flatMap(([tag, { x, y }]) =>
      x.flatMap((at, place) => {
        const value = y[place] ?? null;
        return value === null
          ? []
          : [{ tag, step: Number.isSafeInteger(at) && at >= 0 ? at : place, value, wallTime: 0 }];
      }),
    ),
    texts: { setting: `\`\`\`json\n${JSON.stringify(run.setting, null, 2)}\n\`\`\`` },
  };
}
