/** About how many ticks an axis has. */
const TICKS = 6;
/** What rounding does to a quotient. */
const ROUNDING = 1e-9;

/** Share of the largest value by which values differ at the least, and the smallest value that is not 0. */
const SAME = 1e-9;
const SMALLEST = 1e-100;

/** An axis whose ends and ticks are round numbers. */
export interface NiceAxis {
  readonly range: readonly [number, number];
  /** From tick to tick: 1, 2 or 5 times a power of ten. */
  readonly step: number;
}

/**
 * The shortest axis that holds all values, with about six ticks.
 *
 * @param values - At least one; those that are no number count for nothing.
 * @param bounds - Where the axis ends at the latest, such as 0 and 100 %.
 * @example
 * niceAxis([74.1, 84.2]); // { range: [74, 86], step: 2 }
 */
export function niceAxis(
  values: readonly number[],
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = {},
): NiceAxis {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  [low, high] = [low, high].map((end) => Math.max(least, Math.min(most, end))) as [number, number];
  const size = Math.max(Math.abs(low), Math.abs(high), SMALLEST);
  // What differs by less than that is one value.
  const span = high - low > SAME * size ? high - low : size > SMALLEST ? size : 1;
  const step = niceStep(span / (TICKS - 1));
  let from = Math.floor(low / step + ROUNDING);
  let to = Math.ceil(high / step - ROUNDING);
  // One value alone is in the middle.
  if (from === to) [from, to] = [from - 1, to + 1];
  const end = (ticks: number) => Math.max(least, Math.min(most, Number((ticks * step).toPrecision(15))));
  return { range: [end(from), end(to)], step };
}

/** 1, 2 or 5 times a power of ten: that one which is nearest, as a factor. */
function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = raw / power;
  const nice = factor < Math.sqrt(2) ? 1 : factor < Math.sqrt(10) ? 2 : factor < Math.sqrt(50) ? 5 : 10;
  return Number((nice * power).toPrecision(15));
}
