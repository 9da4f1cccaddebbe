import type { Series } from "../../../reports/Figure.ts";

/** Steps of axes, as shares of a power of ten. */
const STEPS = [1, 2, 3, 5, 10];
const TICKS = 5;

/**
 * Ends of an axis that shows all lines with their bands: multiples of a round step.
 *
 * @example
 * spanOf([{ name: "a", values: [0.2, 0.93] }]); // [0.2, 1]
 */
export function spanOf(series: readonly Pick<Series, "values" | "spread">[]): [number, number] {
  const ends = series
    .flatMap(({ values, spread = [] }) =>
      values.flatMap((value, i) => [value - (spread[i] ?? 0), value + (spread[i] ?? 0)]),
    )
    .filter(Number.isFinite);
  if (ends.length === 0) return [0, 1];
  const low = ends.reduce((a, b) => Math.min(a, b));
  const high = ends.reduce((a, b) => Math.max(a, b));
  const rough = (high - low || Math.abs(high) || 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((one) => one * power >= rough * (1 - 1e-9))!;
  const ended = (count: number) => Number((count * step).toPrecision(12));
  return [ended(Math.floor(low / step + 1e-9)), ended(Math.ceil(high / step - 1e-9))];
}
