/**
 * A share from 0 to 1 in per cent, with one decimal where it has one, cut so that only what is whole is 100 %.
 *
 * @example
 * share(0.9999); // "99.9 %"
 */
export function share(part: number): string {
  // The nearest number to a share such as 0.29 may be a little below it.
  const tenths = Math.floor(1000 * part + 1e-9) / 10;
  return `${Number.isInteger(tenths) ? tenths : tenths.toFixed(1)} %`;
}
