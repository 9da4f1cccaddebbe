import { type DataTable, dataTable, type RowOf } from "../../reports/exports/DataTable.ts";
import type { Exported } from "../../reports/exports/Exported.ts";
import type { EventRun } from "../../reports/exports/eventFile.ts";
import type { RecordedLearning, RecordedLines, RecordedResult } from "./recordedResults.ts";
import { CELL_TABLE, CLAIM_TABLE, POINT_TABLE, RESULT_TABLE, RUN_TABLE } from "./resultTableDefinitions.ts";

/** Results know no time: TensorBoard is told the beginning of 1970, so that equal results give equal bytes. */
const NO_TIME = 0;

/** Results of experiments as tables and as curves. */
export function resultsExport(results: readonly RecordedResult[]): Exported {
  return { tables: tablesOf(results), runs: results.flatMap(runsOf) };
}

function tablesOf(results: readonly RecordedResult[]): DataTable[] {
  return [
    dataTable(RESULT_TABLE, results.map(resultRow)),
    dataTable(
      POINT_TABLE,
      results.flatMap((result) =>
        chartsOf(result).flatMap(({ chart, lines }) => pointRows(result.name, chart, lines)),
      ),
    ),
    dataTable(
      RUN_TABLE,
      results.flatMap((result) => (result.kind === "learning" ? runRows(result.name, result.content) : [])),
    ),
    dataTable(CLAIM_TABLE, results.flatMap(claimRows)),
    dataTable(CELL_TABLE, results.flatMap(cellRows)),
  ];
}

function resultRow({ name, kind, content }: RecordedResult): RowOf<typeof RESULT_TABLE> {
  const { title, command } = content;
  if (kind === "learning") {
    const setting = content.setting.join(" ");
    return { result: name, title, command, setting, verdict: null, why: null, parameters: null };
  }
  const { setting, verdict, why, parameters } = content;
  return { result: name, title, command, setting, verdict, why, parameters: JSON.stringify(parameters) };
}

/** A figure's lines, or those of a result's charts. */
function chartsOf({ kind, content }: RecordedResult): { chart: string | null; lines: RecordedLines }[] {
  return kind === "figure"
    ? [{ chart: null, lines: content }]
    : content.charts.map((chart) => ({ chart: chart.id, lines: chart }));
}

function pointRows(
  result: string,
  chart: string | null,
  { x, y, series }: RecordedLines,
): RowOf<typeof POINT_TABLE>[] {
  return series.flatMap(({ name, values, spread, between }) =>
    x.values.map((at, point) => ({
      result,
      chart,
      series: name,
      point,
      x: at,
      x_name: x.names?.[point] ?? null,
      x_label: x.label,
      y: values[point] ?? null,
      y_label: y.label,
      spread: spread?.[point] ?? null,
      low: between?.low[point] ?? null,
      high: between?.high[point] ?? null,
    })),
  );
}

function runRows(
  result: string,
  { keys, metrics, rows, seeds }: RecordedLearning,
): RowOf<typeof RUN_TABLE>[] {
  return rows.flatMap((row) =>
    metrics.flatMap(({ name, label, factor }) => {
      const values = row.values[name] ?? [];
      return values.map((value, i) => ({
        result,
        setting: JSON.stringify(Object.fromEntries(keys.map((key, place) => [key, row.keys[place]]))),
        seed: values.length === seeds.length ? seeds[i]! : null,
        metric: name,
        value,
        label,
        factor,
      }));
    }),
  );
}

function claimRows({ name, kind, content }: RecordedResult): RowOf<typeof CLAIM_TABLE>[] {
  return kind === "figure"
    ? content.claims.map(({ claim, about, holds, measured }) => ({
        ...{ result: name, claim, about, measured },
        holds: holds ? "yes" : "no",
      }))
    : content.claims.map(({ claim, holds, measured }) => ({
        ...{ result: name, claim, about: "learning", measured },
        holds,
      }));
}

function cellRows({ name, kind, content }: RecordedResult): RowOf<typeof CELL_TABLE>[] {
  if (kind === "learning") return [];
  return (content.tables ?? []).flatMap(({ columns, rows }, table) =>
    rows.flatMap((cells, row) =>
      cells.map((text, column) => ({
        ...{ result: name, table, row, column, text },
        header: columns[column]?.header ?? null,
      })),
    ),
  );
}

/** A run a line, and of an experiment on learning one a setting, over its seeds; with what the result is, as a text. */
function runsOf(result: RecordedResult): EventRun[] {
  const folder = result.name.split("/");
  const lines = chartsOf(result).flatMap(({ chart, lines }) =>
    linesRuns(chart === null ? folder : [...folder, chart], lines),
  );
  const seeds = result.kind === "learning" ? seedRuns([...folder, "seeds"], result.content) : [];
  return [{ name: folder, scalars: [], texts: { about: aboutText(result) } }, ...lines, ...seeds];
}

/** Steps are what x is, where that is whole; otherwise a point's place, with its x beside it. */
function linesRuns(folder: readonly string[], { x, y, series }: RecordedLines): EventRun[] {
  const isWhole = x.names === undefined && x.values.every((at) => Number.isSafeInteger(at) && at >= 0);
  return series.map(({ name, values }) => ({
    name: [...folder, name],
    scalars: x.values.flatMap((at, place) => {
      const value = values[place];
      if (value === null || value === undefined) return [];
      const point = { step: isWhole ? at : place, wallTime: NO_TIME };
      const own = { ...point, tag: y.name, value };
      return isWhole ? [own] : [own, { ...point, tag: `${y.name}_at_${x.name}`, value: at }];
    }),
  }));
}

/** Steps are seeds. */
function seedRuns(folder: readonly string[], { rows, seeds, metrics }: RecordedLearning): EventRun[] {
  return rows.map(({ keys, values }) => ({
    name: [...folder, keys.join(", ")],
    scalars: metrics.flatMap(({ name }) => {
      const runs = values[name] ?? [];
      return runs.flatMap((value, i) =>
        value === null
          ? []
          : [{ tag: name, step: runs.length === seeds.length ? seeds[i]! : 0, value, wallTime: NO_TIME }],
      );
    }),
  }));
}

function aboutText({ kind, content }: RecordedResult): string {
  const setting = kind === "figure" ? content.setting.split("\n") : content.setting;
  const claims = content.claims.map(({ claim, measured, holds }) => {
    const answer = typeof holds === "string" ? holds : holds ? "yes" : "no";
    return `- ${answer}: ${claim} (${measured})`;
  });
  return [
    `**${content.title}**`,
    `\`${content.command}\``,
    ...setting,
    ...(kind === "figure" ? [`Verdict: ${content.verdict}. ${content.why}`] : []),
    ...(claims.length > 0 ? [claims.join("\n")] : []),
  ].join("\n\n");
}
