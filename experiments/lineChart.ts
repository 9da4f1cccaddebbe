import { type EChartsOption, init, setPlatformAPI } from "echarts";

import { type Figure, verdictOn } from "./Figure.ts";

/** Size of a figure, pixels. */
export const CHART_SIZE = { width: 900, height: 620 } as const;

/** Okabe and Ito's colours, told apart with every kind of colour blindness; with shape and dash, also without colour. */
const LOOKS: { color: string; symbol: string; dash: "solid" | number[] }[] = [
  { color: "#0072B2", symbol: "circle", dash: "solid" },
  { color: "#D55E00", symbol: "rect", dash: [8, 4] },
  { color: "#009E73", symbol: "triangle", dash: [2, 4] },
  { color: "#CC79A7", symbol: "diamond", dash: [10, 4, 2, 4] },
];

const FONT = "DejaVu Sans, Helvetica, Arial, sans-serif";
/** Mean width of a character of that font, in its size: without a canvas, a chart cannot measure text. */
const CHARACTER_WIDTH = 0.61;
setPlatformAPI({
  measureText: (text, font = "12px") => ({
    width: text.length * CHARACTER_WIDTH * Number.parseFloat(/[\d.]+(?=px)/.exec(font)?.[0] ?? "12"),
  }),
});

const INK = "#1c2430";
const FAINT = "#5b6675";
const GRID = "#e3e7ec";

/**
 * Draws a figure as SVG: lines over a common x, with what the paper printed and the verdict below.
 *
 * @throws RangeError for more lines than there are looks.
 */
export function lineChart(figure: Figure): string {
  if (figure.series.length > LOOKS.length) throw new RangeError(`at most ${LOOKS.length} lines`);
  const chart = init(null, null, { renderer: "svg", ssr: true, ...CHART_SIZE });
  chart.setOption(optionOf(figure));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return withOwnNames(svg, figure.id);
}

/** Names count on over all charts of a process: counted anew, a figure is the same file every time. */
function withOwnNames(svg: string, id: string): string {
  const names = new Map<string, string>();
  return svg.replaceAll(/\bzr\d+-c(ls-)?\d+/g, (name) => {
    if (!names.has(name)) names.set(name, `${id}-${names.size}`);
    return names.get(name)!;
  });
}

function optionOf(figure: Figure): EChartsOption {
  const { title, series, x, y, printed } = figure;
  const { verdict } = verdictOn(figure);
  const axis = {
    axisLine: { show: true, lineStyle: { color: INK } },
    axisTick: { show: true, lineStyle: { color: INK } },
    axisLabel: { color: INK, fontSize: 14 },
    nameTextStyle: { color: INK, fontSize: 15 },
    splitLine: { lineStyle: { color: GRID } },
  };
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT },
    color: LOOKS.map(({ color }) => color),
    title: [
      {
        text: title,
        subtext: figure.setting,
        left: 20,
        top: 12,
        textStyle: { color: INK, fontSize: 19, fontWeight: "normal" },
        subtextStyle: { color: FAINT, fontSize: 13, lineHeight: 19 },
      },
      {
        subtext: `Printed: ${printed.yAxis}, axis ${text(printed.yRange[0])} … ${text(printed.yRange[1])}.   Verdict: ${verdict}.`,
        left: 20,
        bottom: 4,
        subtextStyle: { color: FAINT, fontSize: 13 },
      },
    ],
    legend: { top: 92, left: 80, itemWidth: 44, itemGap: 26, textStyle: { color: INK, fontSize: 14 } },
    grid: { left: 100, right: 34, top: 134, bottom: 104 },
    xAxis: {
      ...axis,
      type: "category",
      data: x.values.map(text),
      name: x.label,
      nameLocation: "middle",
      nameGap: 34,
      axisTick: { ...axis.axisTick, alignWithLabel: true },
    },
    yAxis: {
      ...axis,
      type: "value",
      name: y.label,
      nameLocation: "middle",
      nameGap: 66,
      min: y.range[0],
      max: y.range[1],
      axisLabel: { ...axis.axisLabel, formatter: text },
    },
    series: series.map(({ name, values, emphasis }, index) => {
      const { color, symbol, dash } = LOOKS[index]!;
      return {
        type: "line",
        name,
        symbol,
        symbolSize: 8,
        lineStyle: { color, width: 2.2, type: dash },
        itemStyle: { color },
        data: values.map((value, i) => ({
          value,
          ...(i === emphasis && {
            symbolSize: 15,
            itemStyle: { color: "#ffffff", borderColor: color, borderWidth: 3 },
          }),
        })),
      };
    }),
  };
}

function text(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}
