import type { Table } from "../../tables/Table.ts";
import type { LearningResult, Metric } from "./LearningResult.ts";
import { meanAndDeviation } from "./meanAndDeviation.ts";

/** A result as a table: keys, then mean ± standard deviation of each metric. */
export function resultTable({
  keys,
  metrics,
  rows,
}: Pick<LearningResult, "keys" | "metrics" | "rows">): Table {
  return {
    columns: [
      ...keys.map((header) => ({ header })),
      ...metrics.map(({ label }) => ({ header: label, align: "right" as const })),
    ],
    rows: rows.map((row) => [...row.keys, ...metrics.map((metric) => cell(metric, row.values[metric.name]))]),
  };
}

function cell({ factor, digits }: Metric, values: readonly number[] | undefined): string {
  if (values === undefined) return "–";
  const { mean, deviation } = meanAndDeviation(values.map((value) => factor * value));
  if (values.length === 1) return mean.toFixed(digits);
  return `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}
