import { type Axis, axisText, type Series } from "../reports/Figure.ts";
import { chartFrame, drawChart, FONT, GRID, INK, type LineChart, LOOKS } from "./lineChart.ts";

/** Bars over two axes: the values of x, and the series one behind the other. */
export interface BarChart3d extends Omit<LineChart, "series"> {
  /** From front to back; named on the axis into the depth. */
  series: readonly Series[];
  depth: Axis;
}

/** A point of the drawing, pixels. */
type Point = [x: number, y: number];
/** Place along x, into the depth, and height, in axis lengths of 0 to 1. */
type Place = readonly [along: number, into: number, up: number];

/**
 * Where the axes go on the paper, pixels: a parallel (axonometric) projection, in which equal lengths look equal
 * wherever they are.
 */
const ORIGIN: Point = [118, 466];
const ALONG: Point = [500, 74];
const INTO: Point = [212, -150];
const UP = 214;
/** How much of its cell a bar fills, both ways. */
const FILLED = 0.62;
/** Most intervals of the axis of heights. */
const INTERVALS = 5;
/** How much white or black a bar's upper and right face have. */
const LIGHT = 0.42;
const DARK = 0.24;

function onPaper([along, into, up]: Place): Point {
  return [
    ORIGIN[0] + along * ALONG[0] + into * INTO[0],
    ORIGIN[1] + along * ALONG[1] + into * INTO[1] - up * UP,
  ];
}

/**
 * Draws bars in three dimensions as SVG, with plain polygons: those behind are drawn first.
 *
 * @throws RangeError for more series than there are colours.
 */
export function barChart3d(chart: BarChart3d): string {
  if (chart.series.length > LOOKS.length) throw new RangeError(`at most ${LOOKS.length} series`);
  const elements = [...walls(chart), ...bars(chart), ...labels(chart)];
  return drawChart(chart.id, { ...chartFrame(chart), graphic: { elements } });
}

/** The floor and the two walls behind, with a line for each tick of the heights. */
function walls({ x, y, series }: BarChart3d) {
  const ticks = ticksOf(y.range);
  const line = (places: readonly Place[], color: string) => ({
    type: "polyline" as const,
    silent: true,
    shape: { points: places.map(onPaper) },
    style: { stroke: color, lineWidth: 1, fill: "none" },
  });
  const floor = [
    ...x.values.map((_, i) => line([at(i, x.values.length), at(i, x.values.length, 1)], GRID)),
    ...series.map((_, j) =>
      line(
        [
          [0, (j + 0.5) / series.length, 0],
          [1, (j + 0.5) / series.length, 0],
        ],
        GRID,
      ),
    ),
  ];
  return [
    ...floor,
    ...ticks.map((tick) => {
      const up = heightOf(tick, y.range);
      return line(
        [
          [0, 0, up],
          [0, 1, up],
          [1, 1, up],
        ],
        GRID,
      );
    }),
    line(
      [
        [0, 0, 1],
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
      ],
      INK,
    ),
    line(
      [
        [0, 1, 0],
        [0, 1, 1],
        [0, 0, 1],
      ],
      GRID,
    ),
    line(
      [
        [0, 0, 0],
        [0, 1, 0],
        [1, 1, 0],
        [1, 1, 1],
        [0, 1, 1],
      ],
      GRID,
    ),
  ];
}

/** The middle of a value's cell on an edge of the floor. */
function at(i: number, count: number, into = 0): Place {
  return [(i + 0.5) / count, into, 0];
}

/** Each bar's three faces that are seen, back to front and left to right. */
function bars({ x, y, series }: BarChart3d) {
  const [columns, rows] = [x.values.length, series.length];
  const base = heightOf(Math.min(Math.max(0, y.range[0]), y.range[1]), y.range);
  const elements = [];
  for (let j = rows - 1; j >= 0; j--) {
    for (let i = 0; i < columns; i++) {
      const value = series[j]!.values[i]!;
      if (Number.isNaN(value)) continue;
      const top = heightOf(value, y.range);
      const [low, high] = [Math.min(base, top), Math.max(base, top)];
      const [left, right] = [-FILLED / 2, FILLED / 2].map((half) => (i + 0.5 + half) / columns) as [
        number,
        number,
      ];
      const [front, back] = [-FILLED / 2, FILLED / 2].map((half) => (j + 0.5 + half) / rows) as [
        number,
        number,
      ];
      const { color } = LOOKS[j]!;
      const face = (places: readonly Place[], fill: string) => ({
        type: "polygon" as const,
        silent: true,
        shape: { points: places.map(onPaper) },
        style: { fill, stroke: "#ffffff", lineWidth: 0.6 },
      });
      elements.push(
        face(
          [
            [left, front, low],
            [right, front, low],
            [right, front, high],
            [left, front, high],
          ],
          color,
        ),
        face(
          [
            [right, front, low],
            [right, back, low],
            [right, back, high],
            [right, front, high],
          ],
          mixed(color, 0, DARK),
        ),
        face(
          [
            [left, front, high],
            [right, front, high],
            [right, back, high],
            [left, back, high],
          ],
          mixed(color, 255, LIGHT),
        ),
      );
    }
  }
  return elements;
}

/** Ticks and names of the three axes. */
function labels({ x, y, depth, series }: BarChart3d) {
  const text = (
    [left, top]: Point,
    words: string,
    {
      size = 14,
      align = "center",
      turned = 0,
    }: { size?: number; align?: "left" | "center" | "right"; turned?: number } = {},
  ) => ({
    type: "text" as const,
    silent: true,
    x: left,
    y: top,
    rotation: turned,
    style: { text: words, fill: INK, font: `${size}px ${FONT}`, align, verticalAlign: "middle" as const },
  });
  const beside = ([left, top]: Point, by: Point): Point => [left + by[0], top + by[1]];
  // Along the edges that they name.
  const slope = ([across, down]: Point) => -Math.atan2(down, across);
  const names = x.names ?? x.values.map(axisText);
  return [
    ...ticksOf(y.range).map((tick) =>
      text(beside(onPaper([0, 0, heightOf(tick, y.range)]), [-8, 0]), axisText(tick), { align: "right" }),
    ),
    ...names.map((name, i) => text(beside(onPaper(at(i, names.length)), [-7, 14]), name)),
    ...series.map(({ name }, j) =>
      text(beside(onPaper([1, (j + 0.5) / series.length, 0]), [10, 6]), name, { align: "left" }),
    ),
    text([26, ORIGIN[1] - UP / 2], y.label, { size: 15, turned: Math.PI / 2 }),
    text(beside(onPaper([0.5, 0, 0]), [-14, 46]), x.label, { size: 15, turned: slope(ALONG) }),
    text(beside(onPaper([1, 0.5, 0]), [78, 44]), depth.label, { size: 15, turned: slope(INTO) }),
  ];
}

/** Where a value is on the axis of heights, 0 to 1; what is beyond the axis is at its end. */
function heightOf(value: number, [least, most]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (value - least) / (most - least)));
}

/** Round values of an axis from its least to its greatest. */
function ticksOf([least, most]: readonly [number, number]): number[] {
  const power = 10 ** Math.floor(Math.log10((most - least) / INTERVALS));
  const step = [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .find((width) => (most - least) / width <= INTERVALS + 1e-9)!;
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** A colour with a share of another shade in it: 255 for white, 0 for black. */
function mixed(color: string, shade: number, share: number): string {
  const channels = [1, 3, 5].map((from) => Number.parseInt(color.slice(from, from + 2), 16));
  return `#${channels
    .map((channel) =>
      Math.round(channel + (shade - channel) * share)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}
