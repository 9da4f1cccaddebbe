import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { csv } from "../tables/csv.ts";
import { type Figure, type Verdict, verdictOn } from "./Figure.ts";
import { figureChart } from "./figureChart.ts";
import { rasterize } from "./rasterize.ts";

/** What was written of a figure. */
export interface WrittenFigure {
  figure: string;
  verdict: Verdict;
  why: string;
  claims: { held: number; of: number };
  /** Paths of SVG, PNG, CSV and JSON. */
  files: { svg: string; png: string; csv: string; json: string };
}

/**
 * Writes a figure as `<id>.svg`, `.png`, `.csv` (the numbers) and `.json` (the numbers, parameters, claims, verdict).
 *
 * @param directory - Where to; made if it is not there.
 * @param command - The command that makes it again.
 */
export async function writeFigure(
  figure: Figure,
  directory: string,
  command: string,
): Promise<WrittenFigure> {
  await mkdir(directory, { recursive: true });
  const path = (extension: string) => join(directory, `${figure.id}.${extension}`);
  const files = { svg: path("svg"), png: path("png"), csv: path("csv"), json: path("json") };
  const judged = verdictOn(figure);
  const svg = figureChart(figure);
  await writeFile(files.svg, svg);
  await writeFile(files.png, rasterize(svg));
  await writeFile(files.csv, csv(figureRows(figure)));
  await writeFile(files.json, `${JSON.stringify({ command, ...figure, ...judged }, null, 2)}\n`);
  const held = figure.claims.filter(({ holds }) => holds).length;
  return { figure: figure.id, ...judged, claims: { held, of: figure.claims.length }, files };
}

/** A header and one row an x: its value, then that of each line. */
export function figureRows({ x, series }: Pick<Figure, "x" | "series">): (string | number | undefined)[][] {
  return [
    [x.name, ...series.map(({ name }) => name)],
    ...x.values.map((value, i) => [value, ...series.map(({ values }) => values[i])]),
  ];
}
