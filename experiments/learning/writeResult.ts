import { join } from "node:path";

import { csv } from "../../reports/csv.ts";
import { markdownTable } from "../../reports/markdownTable.ts";
import { lineChart } from "../lineChart.ts";
import { rasterize } from "../rasterize.ts";
import { writeResults } from "../writeResults.ts";
import type { LearningResult } from "./LearningResult.ts";
import { resultRuns } from "./resultRuns.ts";
import { resultTable } from "./resultTable.ts";

/**
 * Writes a result as `<id>.csv` (every run), `.json` (all of it) and `.md` (the
 * table), and its charts as SVG and PNG.
 *
 * @param directory - Where to; made if it is not there.
 * @param command - The command that makes it again.
 * @returns The files' paths, and where other files are now that were there before.
 */
export async function writeResult(
  result: LearningResult,
  directory: string,
  command: string,
  { bare = false }: { bare?: boolean } = {},
): Promise<{ files: string[]; earlier: string | undefined }> {
  const files: Record<string, string | Uint8Array> = {
    [`${result.id}.csv`]: csv(resultRuns(result)),
    [`${result.id}.json`]: `${JSON.stringify({ command, ...result }, null, 2)}\n`,
    [`${result.id}.md`]: `${markdownTable(resultTable(result))}\n`,
  };
  for (const chart of result.charts) {
    const svg = lineChart({ ...chart, bare });
    files[`${chart.id}.svg`] = svg;
    files[`${chart.id}.png`] = rasterize(svg);
  }
  const earlier = await writeResults(directory, files);
  return { files: Object.keys(files).map((name) => join(directory, name)), earlier };
}
