import { sawtooth, upTo } from "./sawtooth.ts";

/** A worker's data in an epoch, for a chart of their age. */
export interface AgeChartProps {
  readonly from: number;
  readonly until: number;
  /** End of the epoch: the chart's right edge. */
  readonly end: number;
  readonly refreshes: readonly number[];
  /** θ; null of a mechanism without such a bound: the age alone is shown. */
  readonly limitSeconds: number | null;
  readonly label: string;
  readonly width: number;
  readonly height: number;
  /** With axes, for one that is looked at closely. */
  readonly large?: boolean;
}

/** The saw-tooth of age against its limit; covered and uncovered time are shaded, and uncovered time is hatched too. */
export function AgeChart({
  from,
  until,
  end,
  refreshes,
  limitSeconds,
  label,
  width,
  height,
  large = false,
}: AgeChartProps) {
  const bound = limitSeconds ?? Number.POSITIVE_INFINITY;
  const { corners, spans } = sawtooth({ from, until, refreshes, limitSeconds: bound });
  const left = large ? 44 : 0;
  const foot = large ? 24 : 0;
  const w = Math.max(1, width - left - (large ? 8 : 0));
  const h = height - foot - (large ? 6 : 0);
  const top = large ? 6 : 0;
  const oldest = corners.reduce((most, [, age]) => Math.max(most, age), 0);
  // Beyond three times its limit the age is off the chart: how old does not matter then.
  const high =
    limitSeconds === null
      ? Math.max(1, 1.08 * oldest)
      : Math.max(1.25 * bound, Math.min(1.08 * oldest, 3 * bound), 1);
  const x = (at: number) => left + (w * at) / Math.max(1, end - from);
  const y = (age: number) => top + h * (1 - age / high);
  const line = upTo(high, corners)
    .map(([at, age], i) => `${i === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(age).toFixed(1)}`)
    .join("");
  return (
    <svg class="age" width={width} height={height} role="img" aria-label={label}>
      <rect x={left} y={top} width={w} height={h} class="room" />
      {(limitSeconds === null ? [] : spans).map((one) => (
        <rect
          key={one.from}
          x={x(one.from - from)}
          y={top}
          width={Math.max(0.5, x(one.to - from) - x(one.from - from))}
          height={h}
          {...(one.covered ? { class: "covered" } : { fill: "url(#uncovered)" })}
        >
          {large ? (
            <title>{`${one.covered ? "covered" : "not covered"}: second ${one.from - from} to ${one.to - from}`}</title>
          ) : null}
        </rect>
      ))}
      {limitSeconds === null ? null : (
        <line x1={left} x2={left + w} y1={y(limitSeconds)} y2={y(limitSeconds)} class="limit" />
      )}
      <path d={line} class="curve" />
      {until < end ? (
        <line x1={x(until - from)} x2={x(until - from)} y1={top} y2={top + h} class="now" />
      ) : null}
      {large ? <AgeAxes {...{ left, top, w, h, limitSeconds, high, seconds: end - from, x, y }} /> : null}
    </svg>
  );
}

function AgeAxes({
  left,
  top,
  h,
  limitSeconds,
  high,
  seconds,
  x,
  y,
}: {
  left: number;
  top: number;
  w: number;
  h: number;
  limitSeconds: number | null;
  high: number;
  seconds: number;
  x: (at: number) => number;
  y: (age: number) => number;
}) {
  const step = niceStep(seconds / 6);
  const marks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step);
  return (
    <g class="axes">
      <text x={left - 6} y={y(0)} text-anchor="end">
        0 s
      </text>
      {limitSeconds === null ? null : (
        <text x={left - 6} y={y(limitSeconds) + 4} text-anchor="end" class="strong">
          θ {limitSeconds} s
        </text>
      )}
      {limitSeconds === null || high > 1.8 * limitSeconds ? (
        <text x={left - 6} y={top + 10} text-anchor="end">
          {Math.round(high)} s
        </text>
      ) : null}
      {marks.map((at) => (
        <text
          key={at}
          x={x(at)}
          y={top + h + 17}
          text-anchor={at === 0 ? "start" : at + step > seconds ? "end" : "middle"}
        >
          {at} s
        </text>
      ))}
    </g>
  );
}

/** A step of 1, 2 or 5 times a power of ten, not below the given one. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return power * ([1, 2, 5, 10].find((n) => n * power >= least) ?? 10);
}
