/** A set counts as better if it brings more by this share: ties go to the set that comes first. */
const TIE = 1e-12;

/** How much two utilities may differ and still be a tie, currency. */
export function tieAround(utility: number): number {
  return TIE * Math.max(1, Math.abs(utility));
}

/**
 * Whether a set comes before another of the same utility: larger ones first, those of one size in lexicographic order.
 *
 * @param a - Ascending, as `b`.
 */
export function comesFirst(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return a.length > b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}
