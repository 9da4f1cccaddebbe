import type { LearningResult, Metric } from "./LearningResult.ts";
import { meanAndDeviation } from "./meanAndDeviation.ts";

type TabulatedResult = Pick<LearningResult, "keys" | "metrics" | "rows">;

/** Rows of cells, the header first: keys, then mean ± standard deviation of each metric. */
export function resultTable({ keys, metrics, rows }: TabulatedResult): string[][] {
  return [
    [...keys, ...metrics.map(({ label }) => label)],
    ...rows.map((row) => [...row.keys, ...metrics.map((metric) => cell(metric, row.values[metric.name]))]),
  ];
}

/** The table in Markdown. */
export function markdownTable(result: TabulatedResult): string {
  const [header, ...rows] = resultTable(result) as [string[], ...string[][]];
  const rule = [...result.keys.map(() => "---"), ...result.metrics.map(() => "---:")];
  return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The table for a terminal, its columns aligned. */
export function terminalTable(result: TabulatedResult): string[] {
  const rows = resultTable(result);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) =>
    cells
      .map((text, column) =>
        column < result.keys.length ? text.padEnd(widths[column]!) : text.padStart(widths[column]!),
      )
      .join("   ")
      .trimEnd(),
  );
}

/** One line a run: keys, seed, and the metrics unrounded, in their own unit. */
export function resultCsv({
  keys,
  metrics,
  rows,
  seeds,
}: TabulatedResult & Pick<LearningResult, "seeds">): string {
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.flatMap((row) => {
    const runs = Math.max(...Object.values(row.values).map(({ length }) => length));
    return Array.from({ length: runs }, (_, i) => [
      ...row.keys.map(quote),
      runs === seeds.length ? String(seeds[i]) : "any",
      ...metrics.map(({ name }) => String(row.values[name]?.[i] ?? "")),
    ]);
  });
  const header = [...keys, "seed", ...metrics.map(({ name }) => name)].map(quote);
  return `${[header, ...lines].map((cells) => cells.join(",")).join("\n")}\n`;
}

function cell({ factor, digits }: Metric, values: readonly number[] | undefined): string {
  if (values === undefined) return "–";
  const { mean, deviation } = meanAndDeviation(values.map((value) => factor * value));
  if (values.length === 1) return mean.toFixed(digits);
  return `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}
