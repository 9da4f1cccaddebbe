/** Float32 must tell values apart in at least this many steps of their range. */
const LEAST_STEPS = 2 ** 16;

/** Values that float32 is too coarse for. */
export interface MergedByFloat32 {
  readonly least: number;
  readonly greatest: number;
  /** How far rounding moves one of them at the most. */
  readonly moved: number;
}

/**
 * Finds out whether rounding to float32 would merge values that lie close together far from 0, such as times in
 * seconds since 1970. Undefined where it moves none by more than a 65,536th of their range, and for values that are
 * all the same.
 *
 * @param values - Shape [n], finite also in float32.
 */
export function mergedByFloat32(values: readonly number[]): MergedByFloat32 | undefined {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let moved = 0;
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    moved = Math.max(moved, Math.abs(Math.fround(value) - value));
  }
  if (greatest <= least || moved * LEAST_STEPS <= greatest - least) return undefined;
  return { least, greatest, moved };
}
