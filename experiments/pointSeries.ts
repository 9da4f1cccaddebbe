import type { CustomSeriesOption, ScatterSeriesOption } from "echarts";

import type { Series } from "../reports/Figure.ts";

/** What a line or its points are told apart by. */
export interface Look {
  readonly color: string;
  readonly symbol: string;
  readonly dash: "solid" | number[];
}

/** How much of the way from one value of x to the next its points take up. */
const WIDTH = 0.5;
/** Half the length of a whisker's end, pixels. */
const END = 5;
/** Shortest whisker, pixels. */
const LEAST = 2;

/** An x axis on which the values stand at 0, 1, 2, …, the words of a label below each other. */
export function pointsAxis(labels: readonly string[]) {
  return {
    type: "value" as const,
    min: -0.5,
    max: labels.length - 0.5,
    interval: 0.5,
    splitLine: { show: false },
    axisTick: { show: false },
    axisLabel: {
      color: "#1c2430",
      fontSize: 14,
      lineHeight: 15,
      formatter: (at: number) => (labels[at] ?? "").replaceAll(" ", "\n"),
    },
  };
}

/** Points of several series side by side, with whiskers a spread down and up, cut off where the y axis ends; none for NaN. */
export function pointSeries(
  series: readonly Series[],
  looks: readonly Look[],
  [least, most]: readonly [number, number],
): (ScatterSeriesOption | CustomSeriesOption)[] {
  const gap = WIDTH / Math.max(1, series.length - 1);
  return series.flatMap(({ name, values, spread, at }, index) => {
    const { color, symbol } = looks[index]!;
    const place = (i: number) => at?.[i] ?? i + (index - (series.length - 1) / 2) * gap;
    const points: ScatterSeriesOption = {
      type: "scatter",
      name,
      symbol,
      symbolSize: 11,
      itemStyle: { color, opacity: 1 },
      data: values.flatMap((value, i) => (Number.isNaN(value) ? [] : [[place(i), value]])),
    };
    if (spread === undefined) return [points];
    const ends = values.flatMap((value, i) =>
      Number.isNaN(value)
        ? []
        : [[place(i), Math.max(least, value - spread[i]!), Math.min(most, value + spread[i]!)]],
    );
    return [whiskers(ends, color), points];
  });
}

/** @param ends - Place on the x axis, lower and upper end. */
function whiskers(ends: number[][], color: string): CustomSeriesOption {
  return {
    type: "custom",
    data: ends,
    renderItem(_, api) {
      const [x, low] = api.coord([api.value(0), api.value(1)]) as [number, number];
      const [, high] = api.coord([api.value(0), api.value(2)]) as [number, number];
      // Shorter than its point is high, it would only blur it.
      if (low - high < LEAST) return null;
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: "line" as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: color, lineWidth: 1.6 },
      });
      return {
        type: "group",
        children: [
          line(x, low, x, high),
          line(x - END, low, x + END, low),
          line(x - END, high, x + END, high),
        ],
      };
    },
  };
}
