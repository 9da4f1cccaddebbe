import { join } from "node:path";
import { csv } from "../reports/csv.ts";
import { type Figure, type Verdict, verdictOn } from "../reports/Figure.ts";
import { figureBars, figureChart } from "./figureChart.ts";
import { rasterize } from "./rasterize.ts";
import { writeResults } from "./writeResults.ts";

/** What was written of a figure. */
export interface WrittenFigure {
  figure: string;
  verdict: Verdict;
  why: string;
  claims: { held: number; of: number };
  /** Paths of SVG, PNG, CSV and JSON. */
  files: { svg: string; png: string; csv: string; json: string };
  /** Paths of the same as bars in three dimensions, where they were asked for and the figure has as many. */
  bars?: { svg: string; png: string };
  /** Where other files are now that were there before. */
  earlier?: string;
}

/**
 * Writes a figure as `<id>.svg`, `.png`, `.csv` (the numbers) and `.json` (the numbers, parameters, claims, verdict).
 *
 * @param directory - Where to; made if it is not there.
 * @param command - The command that makes it again.
 * @param options - `bare`: without title, setting and verdict in the picture, for a paper; `bars3d`: a figure that the
 * paper draws as bars in three dimensions is drawn so, too: `<id>-bars3d.svg` and `.png`.
 */
export async function writeFigure(
  figure: Figure,
  directory: string,
  command: string,
  { bare = false, bars3d = false }: { readonly bare?: boolean; readonly bars3d?: boolean } = {},
): Promise<WrittenFigure> {
  const path = (extension: string) => join(directory, `${figure.id}.${extension}`);
  const files = { svg: path("svg"), png: path("png"), csv: path("csv"), json: path("json") };
  const judged = verdictOn(figure);
  const svg = figureChart(figure, { bare });
  const bars = bars3d ? figureBars(figure, { bare }) : undefined;
  const barsName = `${figure.id}-bars3d`;
  const earlier = await writeResults(directory, {
    [`${figure.id}.svg`]: svg,
    [`${figure.id}.png`]: rasterize(svg),
    ...(bars !== undefined && { [`${barsName}.svg`]: bars, [`${barsName}.png`]: rasterize(bars) }),
    [`${figure.id}.csv`]: csv(figureRows(figure)),
    [`${figure.id}.json`]: `${JSON.stringify({ command, ...figure, ...judged }, null, 2)}\n`,
  });
  const held = figure.claims.filter(({ holds }) => holds).length;
  return {
    figure: figure.id,
    ...judged,
    claims: { held, of: figure.claims.length },
    files,
    ...(bars !== undefined && {
      bars: { svg: join(directory, `${barsName}.svg`), png: join(directory, `${barsName}.png`) },
    }),
    ...(earlier === undefined ? {} : { earlier }),
  };
}

/** A header and one row an x: its name or value, then that of each line, with low and high of a distribution. */
export function figureRows({ x, series }: Pick<Figure, "x" | "series">): (string | number | undefined)[][] {
  const columns = series.flatMap(({ name, values, between }) => [
    { name, values },
    ...(between === undefined
      ? []
      : [
          { name: `${name} low`, values: between.low },
          { name: `${name} high`, values: between.high },
        ]),
  ]);
  return [
    [x.name, ...columns.map(({ name }) => name)],
    ...x.values.map((value, i) => [
      x.names?.[i] ?? value,
      ...columns.map(({ values }) => (Number.isNaN(values[i]) ? undefined : values[i])),
    ]),
  ];
}
