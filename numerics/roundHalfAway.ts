/**
 * The nearest whole number, halves away from zero: how every real number becomes a whole one, unless a page says
 * otherwise. Exact, where ⌊x + ½⌋ is not: 0.49999999999999994 + 0.5 is 1.
 *
 * @example
 * roundHalfAway(-2.5); // -3
 */
export function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  // The difference is exact.
  return whole + (Math.abs(value - whole) >= 0.5 ? Math.sign(value) : 0);
}
