import { type EChartsOption, init, type LineSeriesOption, setPlatformAPI } from "echarts";

import { type Axis, axisText, type Series } from "../reports/Figure.ts";
import { type Look, pointSeries, pointsAxis } from "./pointSeries.ts";

/**
 * Lines over a common x, or points where nothing lies between its values. `step`: from tick to tick, of an axis of numbers;
 * as the ends allow unless given.
 */
export interface LineChart {
  /** Names it within a page that shows several. */
  id: string;
  title: string;
  /** The setting, in at most two lines. */
  setting: string;
  /** One line below. */
  note: string;
  x: Axis & { values: readonly number[]; separate?: true; names?: readonly string[]; step?: number };
  y: Axis & { range: readonly [number, number]; step?: number };
  series: readonly Series[];
  /** Without title, setting and note: for a paper, which says them itself. */
  bare?: boolean;
}

/** Size of a figure, pixels. */
export const CHART_SIZE = { width: 900, height: 620 } as const;

/** Okabe and Ito's colours, told apart with every kind of colour blindness; with shape and dash, also without colour. */
export const LOOKS: readonly Look[] = [
  { color: "#0072B2", symbol: "circle", dash: "solid" },
  { color: "#D55E00", symbol: "rect", dash: [8, 4] },
  { color: "#009E73", symbol: "triangle", dash: [2, 4] },
  { color: "#CC79A7", symbol: "diamond", dash: [10, 4, 2, 4] },
  { color: "#E69F00", symbol: "roundRect", dash: [5, 5] },
  { color: "#56B4E9", symbol: "arrow", dash: [14, 5] },
];

export const FONT = "DejaVu Sans, Helvetica, Arial, sans-serif";
/** Mean width of a character of that font, in its size: without a canvas, a chart cannot measure text. */
const CHARACTER_WIDTH = 0.61;
setPlatformAPI({
  measureText: (text, font = "12px") => ({
    width: text.length * CHARACTER_WIDTH * Number.parseFloat(/[\d.]+(?=px)/.exec(font)?.[0] ?? "12"),
  }),
});

export const INK = "#1c2430";
const FAINT = "#5b6675";
export const GRID = "#e3e7ec";

/**
 * Draws a chart as SVG.
 *
 * @throws RangeError for more lines than there are looks.
 */
export function lineChart(chart: LineChart): string {
  if (chart.series.length > LOOKS.length) throw new RangeError(`at most ${LOOKS.length} lines`);
  return drawChart(chart.id, optionOf(chart));
}

/** Draws what ECharts' options say as SVG, the same file every time. */
export function drawChart(id: string, option: EChartsOption): string {
  const drawing = init(null, null, { renderer: "svg", ssr: true, ...CHART_SIZE });
  drawing.setOption(option);
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return withOwnNames(svg, id);
}

/** What every chart has: its paper, its font, the title with the setting above, and a note below. */
export function chartFrame({
  title,
  setting,
  note,
  bare = false,
}: Pick<LineChart, "title" | "setting" | "note" | "bare">): Pick<
  EChartsOption,
  "animation" | "backgroundColor" | "textStyle" | "title"
> {
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT },
    title: bare
      ? []
      : [
          {
            text: title,
            subtext: setting,
            left: 20,
            top: 12,
            textStyle: { color: INK, fontSize: 19, fontWeight: "normal" },
            subtextStyle: { color: FAINT, fontSize: 13, lineHeight: 19 },
          },
          {
            subtext: note,
            left: 20,
            bottom: 4,
            subtextStyle: { color: FAINT, fontSize: 13 },
          },
        ],
  };
}

/** Names count on over all charts of a process: counted anew, a figure is the same file every time. */
function withOwnNames(svg: string, id: string): string {
  const names = new Map<string, string>();
  return svg.replaceAll(/\bzr\d+-c(ls-)?\d+/g, (name) => {
    if (!names.has(name)) names.set(name, `${id}-${names.size}`);
    return names.get(name)!;
  });
}

function optionOf({ title, setting, note, series, x, y, bare = false }: LineChart): EChartsOption {
  const axis = {
    axisLine: { show: true, lineStyle: { color: INK } },
    axisTick: { show: true, lineStyle: { color: INK } },
    axisLabel: { color: INK, fontSize: 14 },
    nameTextStyle: { color: INK, fontSize: 15 },
    splitLine: { lineStyle: { color: GRID } },
  };
  const separate = x.separate === true || x.names !== undefined;
  const ownPlaces = series.some(({ at }) => at !== undefined);
  const entryWidth = separate ? LEGEND.pointWidth : LEGEND.width;
  const legendTop = bare ? 12 : 92;
  const rowOfLines = ownPlaces ? ROW_OF_LINES - 1 : ROW_OF_LINES;
  return {
    ...chartFrame({ title, setting, note, bare }),
    color: LOOKS.slice(0, ROW_OF_LINES).map(({ color }) => color),
    legend: {
      data: series.map(({ name }) => name),
      top: legendTop,
      left: 80,
      itemWidth: entryWidth,
      itemGap: LEGEND.gap,
      textStyle: { color: INK, fontSize: 14 },
    },
    grid: {
      left: 100,
      right: 34,
      top: legendTop + 42 + (series.length > rowOfLines ? LEGEND.row : 0),
      bottom: bare ? 78 : 104,
    },
    xAxis: {
      ...axis,
      name: x.label,
      nameLocation: "middle",
      nameGap: x.names === undefined ? 34 : 46,
      ...(ownPlaces
        ? {
            ...{ type: "value", min: x.values[0]!, max: x.values.at(-1)! },
            ...(x.step !== undefined && { interval: x.step }),
          }
        : separate
          ? pointsAxis(x.names ?? x.values.map(axisText))
          : {
              type: "category",
              data: x.values.map(axisText),
              axisTick: { ...axis.axisTick, alignWithLabel: true },
            }),
    },
    yAxis: {
      ...axis,
      type: "value",
      name: y.label,
      nameLocation: "middle",
      nameGap: 66,
      min: y.range[0],
      max: y.range[1],
      ...(y.step !== undefined && { interval: y.step }),
      axisLabel: { ...axis.axisLabel, formatter: axisText },
      axisLine: { ...axis.axisLine, onZero: !separate },
    },
    series: ownPlaces
      ? [...lineSeries(series.map(({ spread: _, ...line }) => line)), ...pointSeries(series, LOOKS, y.range)]
      : separate
        ? pointSeries(series, LOOKS, y.range)
        : lineSeries(series),
  };
}

/** Lines with a mark at each value, before their bands. */
function lineSeries(series: readonly Series[]): LineSeriesOption[] {
  return [
    ...series.flatMap(({ name, values, spread }, index) =>
      spread === undefined ? [] : band(name, values, spread, LOOKS[index]!.color),
    ),
    ...series.map(({ name, values, emphasis, at }, index) => {
      const { color, symbol, dash } = LOOKS[index]!;
      return {
        type: "line" as const,
        name,
        symbol,
        symbolSize: 8,
        lineStyle: { color, width: 2.2, type: dash },
        itemStyle: { color },
        data: values.map((value, i) => ({
          value: at === undefined ? value : [at[i]!, value],
          ...(i === emphasis && {
            symbolSize: 15,
            itemStyle: { color: "#ffffff", borderColor: color, borderWidth: 3 },
          }),
        })),
      };
    }),
  ];
}

/** Sizes in the legend, pixels. */
const LEGEND = { width: 44, pointWidth: 14, gap: 26, row: 34 } as const;

/** Lines whose names take one row: five were drawn before there were two. */
const ROW_OF_LINES = 5;

/** The area between a line less and plus its spread: an invisible line, and the band stacked on it. */
function band(name: string, values: readonly number[], spread: readonly number[], color: string) {
  const edge = (data: number[], opacity: number) => ({
    type: "line" as const,
    stack: name,
    stackStrategy: "all" as const,
    symbol: "none",
    lineStyle: { opacity: 0 },
    areaStyle: { color, opacity },
    data,
  });
  return [
    edge(
      values.map((value, i) => value - spread[i]!),
      0,
    ),
    edge(
      spread.map((half) => 2 * half),
      0.13,
    ),
  ];
}
