import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { DataTable } from "../parts/DataTable.tsx";
import { theme } from "../theme.ts";
import { useWidth } from "./useWidth.ts";

/** A line of a chart: a value for each x, or null where it has none. */
export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Which of the data colours, from 1. */
  readonly colour: number;
  readonly dashed?: boolean;
  /** Each value holds until the next one. */
  readonly stepped?: boolean;
}

/** What a chart shows. */
export interface LineChartProps {
  readonly title: string;
  readonly xLabel: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Of marks of the vertical axis, where that is shorter. */
  readonly formatMark?: (value: number) => string;
  readonly formatX?: (value: number) => string;
  readonly height?: number;
  /** Bounds of the vertical axis; from the values unless given. */
  readonly range?: readonly [number, number];
}

/** Rows of the table behind a chart: the latest so many. */
const MOST_ROWS = 200;

/** Distances between marks of the horizontal axis. */
const WHOLE = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((n) => n * 10 ** power));

/** Curves that grow while they are looked at. The same as a table is below, closed. */
export function LineChart(props: LineChartProps) {
  const { title, x, lines, xLabel, format, formatX = String, height = 240 } = props;
  const { ref, width } = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot | undefined>(undefined);
  const shown = theme.value;
  const data = [[...x], ...lines.map(({ values }) => [...values])] as unknown as uPlot.AlignedData;
  const shape = `${shown} ${width === 0} ${xLabel} ${lines.map(({ label, colour, dashed, stepped }) => `${label}/${colour}/${dashed}/${stepped}`).join()} ${props.range}`;
  // Made anew only when its shape changes, not with every value.
  useEffect(() => {
    if (ref.current === null || width === 0) return;
    plot.current = new uPlot(options(props, { width, height }), data, ref.current);
    return () => plot.current?.destroy();
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(data);
  });
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);
  const rows = x.map((at, i) => ({ at, i })).slice(-MOST_ROWS);
  return (
    <figure class="chart">
      <div ref={ref} class="plot" aria-hidden="true" />
      <ul class="key">
        {lines.map(({ label, colour, dashed, values }) => {
          const last = values.findLast((value) => value !== null);
          return (
            <li key={label}>
              <span class={`swatch line series d${colour}${dashed === true ? " broken" : ""}`} />
              {label}
              {last === undefined || last === null ? null : <strong>{format(last)}</strong>}
            </li>
          );
        })}
      </ul>
      <details class="more">
        <summary>{title} as a table</summary>
        <DataTable
          caption={title}
          hideCaption
          rows={rows}
          keyOf={({ i }) => i}
          columns={[
            { header: xLabel, head: true, cell: ({ at }) => formatX(at) },
            ...lines.map(({ label, values }) => ({
              header: label,
              numeric: true,
              cell: ({ i }: { i: number }) => {
                const value = values[i];
                return value === null || value === undefined ? "–" : format(value);
              },
            })),
          ]}
        />
      </details>
    </figure>
  );
}

function options(
  { lines, format, formatMark = format, formatX = String, range, xLabel }: LineChartProps,
  size: { width: number; height: number },
): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string) => css.getPropertyValue(`--${name}`).trim();
  const font = `12px ${css.getPropertyValue("--font")}`;
  const axis = {
    stroke: colour("ink-3"),
    font,
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { show: false },
  };
  return {
    ...size,
    padding: [12, 30, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    // One point alone has no extent.
    scales: {
      x: { time: false, range: (_, least, most) => (least === most ? [least - 1, most + 1] : [least, most]) },
      y: range === undefined ? {} : { range: [range[0], range[1]] },
    },
    axes: [
      // Rounds and seconds are whole.
      {
        ...axis,
        grid: { show: false },
        incrs: WHOLE,
        // Times are wide.
        space: 96,
        values: (_, at) => at.map(formatX),
        label: xLabel,
        labelFont: font,
        labelSize: 20,
        size: 30,
      },
      { ...axis, values: (_, at) => at.map(formatMark), size: 62 },
    ],
    series: [
      {},
      ...lines.map(
        ({ label, colour: n, dashed, stepped }): uPlot.Series => ({
          label,
          stroke: colour(`data-${n}`),
          width: 2,
          spanGaps: true,
          points: { size: 5, fill: colour("surface") },
          ...(dashed === true ? { dash: [6, 4] } : {}),
          ...(stepped === true ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
        }),
      ),
    ],
  };
}
