/**
 * Whether values have the scale of a printed axis: none further than a tenth of its length outside, and the greatest
 * at least halfway to its end (an axis is not drawn twice as long as needed).
 *
 * @example
 * fillsAxis([-43, 54], [-60, 60]); // { holds: true, measured: "from -43.00 to 54.00 on an axis from -60 to 60" }
 */
export function fillsAxis(
  values: readonly number[],
  [low, high]: readonly [number, number],
): { holds: boolean; measured: string } {
  const lowest = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const most = values.reduce((greatest, value) => Math.max(greatest, value), Number.NEGATIVE_INFINITY);
  const margin = (high - low) / 10;
  const inside = lowest >= low - margin && most <= high + margin;
  const digits = high - low < 1 ? 4 : 2;
  return {
    holds: inside && most >= low + (high - low) / 2,
    measured: `from ${lowest.toFixed(digits)} to ${most.toFixed(digits)} on an axis from ${low} to ${high}`,
  };
}
