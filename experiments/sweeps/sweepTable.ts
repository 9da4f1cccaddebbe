import type { Table } from "../../reports/Table.ts";
import type { LearningResult, Metric } from "../learning/LearningResult.ts";
import { meanAndDeviation } from "../learning/meanAndDeviation.ts";

/** Settings as a table: what tells them apart, then mean ± standard deviation of each metric. */
export function sweepTable({ keys, metrics, rows, seeds }: LearningResult): Table {
  const shown = metrics.filter(({ name }) => rows.some(({ values }) => values[name] !== undefined));
  return {
    columns: [
      ...keys.map((header) => ({ header })),
      ...shown.map(({ label }) => ({ header: label, align: "right" as const })),
    ],
    rows: rows.map((row) => [
      ...row.keys,
      ...shown.map((metric) => cell(metric, row.values[metric.name], seeds.length)),
    ]),
  };
}

function cell({ factor, digits }: Metric, values: readonly number[] = [], seeds: number): string {
  const known = values.filter(Number.isFinite).map((value) => factor * value);
  if (known.length === 0) return "–";
  const { mean, deviation } = meanAndDeviation(known);
  const spread = known.length === 1 ? "" : ` ± ${deviation.toFixed(digits)}`;
  return `${mean.toFixed(digits)}${spread}${known.length < seeds ? ` (${known.length} of ${seeds} seeds)` : ""}`;
}
