import { logistic } from "./gumbel.ts";

/** Levels closer to 0 or 1 than this have no penalty: ln((1 − 1e-4)/1e-4). */
const MOST_LEVEL = 9.21024036697585;

/** The logistic function of each. */
export function squash(from: Float32Array, to: Float32Array): void {
  for (let at = 0; at < from.length; at++) to[at] = logistic(from[at]!);
}

/**
 * From the loss by levels to that by what they are the logistic function of, with `penalty` times the mean square of that.
 *
 * @returns The mean square.
 */
export function backThroughLevels(
  raw: Float32Array,
  levels: Float32Array,
  byLevels: Float32Array,
  penalty: number,
  by: Float32Array,
): number {
  let squares = 0;
  for (let at = 0; at < raw.length; at++) {
    const level = levels[at]!;
    const inside = Math.abs(raw[at]!) < MOST_LEVEL;
    const x = inside ? raw[at]! : Math.sign(raw[at]!) * MOST_LEVEL;
    squares += x * x;
    by[at] = byLevels[at]! * level * (1 - level) + (inside ? (2 * penalty * x) / raw.length : 0);
  }
  return squares / raw.length;
}

/** The index of the largest number of each row of `width`, the first of equal ones. */
export function chooseLargest(values: ArrayLike<number>, width: number, chosen: Int32Array): void {
  for (let row = 0; row < chosen.length; row++) {
    let best = 0;
    for (let k = 1; k < width; k++) if (values[row * width + k]! > values[row * width + best]!) best = k;
    chosen[row] = best;
  }
}
