import type { FrequencyRange } from "./freshness.ts";

/** What a concave objective says at a point about where its maximum is. */
export interface Hint {
  /** A Newton step towards the maximum; its sign is that of the derivative. */
  step: number;
  /** Distance over which the derivative changes by its own size: Newton steps far below it are nearly exact. */
  scale: number;
  /** The objective is undefined here, and defined only further up. */
  undefinedBelow: boolean;
  /** The objective is undefined here, and defined only further down. */
  undefinedAbove: boolean;
}

/** A Newton step this small against the scale is the last: the error it leaves is about its square. */
const LAST_STEP = 1e-9;
/** Newton's method has that many steps before halving the bracket takes over. */
const NEWTON_STEPS = 40;

/** A place to write hints to, to be used again and again. */
export function emptyHint(): Hint {
  return { step: 0.5, scale: 0.5, undefinedBelow: false, undefinedAbove: false };
}

/**
 * Where a concave objective is greatest on a range: Newton's method inside a bracket that is halved whenever a step
 * leaves it.
 *
 * @param start - Where to begin, inside the range.
 * @param look - Writes the hint at f to `at`.
 * @param at - Where hints are written.
 * @returns NaN if the objective is defined nowhere on the range.
 *
 * @example
 * // ln f − 2f: derivative 1/f − 2, second derivative −1/f²
 * concaveMaximum({ min: 0.1, max: 5 }, 1, (f, at) => {
 *   at.step = (1 / f - 2) * f * f;
 *   at.scale = f;
 * }); // 0.5
 */
export function concaveMaximum(
  { min, max }: FrequencyRange,
  start: number,
  look: (f: number, at: Hint) => void,
  at: Hint = emptyHint(),
): number {
  let low = min;
  let high = max;
  // Whether the bracket's ends have been looked at, and whether the objective is defined there.
  let lowSeen = false;
  let highSeen = false;
  let lowDefined = false;
  let highDefined = false;
  let f = start;
  for (let round = 0; ; round++) {
    at.undefinedBelow = false;
    at.undefinedAbove = false;
    look(f, at);
    const defined = !at.undefinedBelow && !at.undefinedAbove;
    let next = Number.NaN;
    if (defined) {
      const { step, scale } = at;
      next = f + step;
      if (Math.abs(step) <= Math.max(LAST_STEP * Math.min(f, scale), Number.EPSILON * f)) {
        return Math.min(Math.max(next, low), high);
      }
    } else if (at.undefinedBelow && at.undefinedAbove) return Number.NaN;
    if (defined ? at.step > 0 : at.undefinedBelow) {
      if (f >= max) return defined ? max : Number.NaN;
      low = f;
      lowSeen = true;
      lowDefined = defined;
    } else {
      if (f <= min) return defined ? min : Number.NaN;
      high = f;
      highSeen = true;
      highDefined = defined;
    }
    if (!(next > low && next < high) || round > NEWTON_STEPS) {
      const middle = low + (high - low) / 2;
      if (next >= high && !highSeen) next = high;
      else if (next <= low && !lowSeen) next = low;
      else if (middle > low && middle < high) next = middle;
      else if (!lowSeen) next = low;
      else if (!highSeen) next = high;
      else return lowDefined ? low : highDefined ? high : Number.NaN;
    }
    f = next;
  }
}
