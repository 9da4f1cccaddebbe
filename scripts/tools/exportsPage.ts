import { RESULT_TABLES } from "../../experiments/export/resultTableDefinitions.ts";
import type { CellTypes, TableDefinition } from "../../reports/exports/DataTable.ts";
import { markdownTable } from "../../reports/markdownTable.ts";
import { TASK_TABLES } from "../../tasks/export/taskTableDefinitions.ts";

/** How Parquet has each type of cell. */
const IN_PARQUET: Readonly<Record<keyof CellTypes, string>> = {
  text: "string",
  whole: "int64",
  real: "double",
  "yes-no": "boolean",
  time: "timestamp, ms, UTC",
  wei: "decimal(38, 0)",
};

/** docs/exports.md: what other programs are given, as the tables' definitions say. */
export function exportsPage(): string {
  return `${[
    "# Exports",
    "<!-- Generated from tasks/export/ and experiments/export/ by scripts/tools/exportsPage.ts: edit there, then npm run docs. -->",
    `For programs that know nothing of Freshet: Parquet files with tables (pandas, DuckDB, Polars, Spark, R), and TensorBoard's event files with curves.

\`\`\`sh
./freshet task export --parquet tables --tensorboard runs        # all tasks of the network
./freshet task export 3 --tensorboard runs                       # one, also while it runs
./freshet experiment export --parquet tables --tensorboard runs  # what experiments left in results/
./freshet experiment export --from docs/experiments --parquet tables   # those that this checkout records
tensorboard --logdir runs
\`\`\`

What is exported follows from the chains, or from the results' files, alone: the same tasks give the same bytes. It signs nothing and needs no key. A Parquet file that is there and differs is set aside (\`earlier/\`); a run's folder that has event files of something else is refused (\`EXPORT_MIXED\`), since TensorBoard would draw both as one line.

**Amounts** are whole wei as decimals of 38 digits, never floats: one token is 10^18 wei, more than a double holds exactly. Sums of them are exact in Arrow, DuckDB, Spark and Polars. An amount of more digits, which only a token of somebody's own can have, is refused (\`EXPORT_VALUE\`); \`task statement --csv\` takes any.

**TensorBoard** keeps numbers as 32-bit floats; Parquet has them unrounded. A task is a run \`task-ID\` with \`score\`, \`round_seconds\`, \`accepted/CHAIN\` and \`revealed/CHAIN\`: the step is the round, the time that of the block that made it final. Of experiments each line of a figure or chart is a run; the step is its x where that is whole, otherwise the point's place, with the x itself as a curve beside it; runs under \`seeds/\` have the seed as their step. Results know no time, so theirs is the beginning of 1970: look at them by step. What a run is, is told under TEXT.

What a table and its columns mean is also in each file, as JSON under the metadata's key \`freshet\`. Every column may be empty.`,
    "## Tasks",
    ...TASK_TABLES.flatMap(tableSection),
    "## Experiments",
    ...RESULT_TABLES.flatMap(tableSection),
    `## In other programs

\`\`\`python
import duckdb
duckdb.sql("SELECT worker, sum(paid_wei) / 1e18 AS tokens FROM 'tables/workers.parquet' GROUP BY worker ORDER BY tokens DESC")
duckdb.sql("SELECT round, score FROM 'tables/rounds.parquet' WHERE task = 3 ORDER BY round")
\`\`\`

\`test/unit/reports/exports/otherReaders.deep.test.ts\` reads every table and curve back with pyarrow and TensorBoard and compares each cell; it installs both from PyPI in a folder of its own, and says so where it cannot.`,
  ].join("\n\n")}\n`;
}

/** What a table has, for people. */
export function tableSection({ name, about, columns }: TableDefinition): string[] {
  const table = markdownTable({
    columns: ["column", "type", "what"].map((header) => ({ header })),
    rows: Object.entries(columns).map(([column, { type, about: what }]) => [
      `\`${column}\``,
      IN_PARQUET[type],
      what,
    ]),
  });
  return [`### \`${name}.parquet\``, `A row is ${about}.`, table];
}
