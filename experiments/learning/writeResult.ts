import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { csv } from "../../tables/csv.ts";
import { markdownTable } from "../../tables/markdownTable.ts";
import { lineChart } from "../lineChart.ts";
import { rasterize } from "../rasterize.ts";
import type { LearningResult } from "./LearningResult.ts";
import { resultRuns } from "./resultRuns.ts";
import { resultTable } from "./resultTable.ts";

/**
 * Writes a result as `<id>.csv` (every run), `.json` (all of it) and `.md` (the
 * table), and its charts as SVG and PNG.
 *
 * @param directory - Where to; made if it is not there.
 * @param command - The command that makes it again.
 * @returns The files' paths.
 */
export async function writeResult(
  result: LearningResult,
  directory: string,
  command: string,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const files: [name: string, content: string | Uint8Array][] = [
    [`${result.id}.csv`, csv(resultRuns(result))],
    [`${result.id}.json`, `${JSON.stringify({ command, ...result }, null, 2)}\n`],
    [`${result.id}.md`, `${markdownTable(resultTable(result))}\n`],
    ...result.charts.flatMap((chart): [string, string | Uint8Array][] => {
      const svg = lineChart(chart);
      return [
        [`${chart.id}.svg`, svg],
        [`${chart.id}.png`, rasterize(svg)],
      ];
    }),
  ];
  return Promise.all(
    files.map(async ([name, content]) => {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    }),
  );
}
