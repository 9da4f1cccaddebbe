import { csv } from "../../reports/csv.ts";
import { latexTable } from "../../reports/latexTable.ts";
import { resultRuns } from "../learning/resultRuns.ts";
import { lineChart } from "../lineChart.ts";
import type { ResultFiles } from "../writeResults.ts";
import { sweepReport } from "./sweepReport.ts";
import type { SweepResult } from "./sweepResult.ts";

/**
 * A sweep's files: the report (`.md`) with its charts (`.svg`), the table in LaTeX (`.tex`), every run (`.csv`), and all of it
 * (`.json`, as experiments on learning write theirs).
 *
 * @param command - The command that makes it again.
 */
export function sweepFiles(result: SweepResult, command: string): ResultFiles {
  const { learning, tests, failures } = result;
  const { id, charts } = learning;
  const failed = failures.map(({ run, failure }) => ({ run: run.name, seed: run.seed, ...failure }));
  return {
    [`${id}.md`]: sweepReport(result, command),
    [`${id}.tex`]: `${latexTable(result.table)}\n`,
    ...(result.groups !== undefined && { [`${id}-groups.tex`]: `${latexTable(result.groups)}\n` }),
    [`${id}.csv`]: csv(
      resultRuns(learning).map((row) => row.map((one) => (Number.isNaN(one) ? undefined : one))),
    ),
    [`${id}.json`]: `${JSON.stringify({ command, ...learning, tests, failed }, null, 2)}\n`,
    ...Object.fromEntries(charts.map((chart) => [`${chart.id}.svg`, lineChart(chart)])),
  };
}
