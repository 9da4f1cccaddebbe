import type { FrequencyRange } from "./freshness.ts";

/**
 * How a concave objective changes with f. Its derivative is split into what grows without bound towards the edge of
 * its domain, the gain, and a price that does not depend on f.
 */
export interface Derivatives {
  /** Falls with f; the objective is greatest where it equals the price. */
  gain: number;
  /** Derivative of the gain, below 0. */
  gainSlope: number;
  price: number;
  /** The objective is undefined here, and defined only further up. */
  undefinedBelow: boolean;
  /** The objective is undefined here, and defined only further down. */
  undefinedAbove: boolean;
}

/**
 * A Newton step this small is the last: the error it leaves is about its square. It is measured by the distance over
 * which the gain changes by its own size, which is short near the edge of the domain.
 */
const LAST_STEP = 1e-9;
/** Newton's method has that many steps before halving the bracket takes over. */
const NEWTON_STEPS = 40;

/** A place to write derivatives to. Fractions, so that the engine keeps numbers unboxed from the start. */
export function noDerivatives(): Derivatives {
  return { gain: 0.5, gainSlope: 0.5, price: 0.5, undefinedBelow: false, undefinedAbove: false };
}

/**
 * Where a concave objective is greatest on a range: Newton's method on its derivative, inside a bracket that is
 * halved whenever a step leaves it.
 *
 * @param start - Where to begin, inside the range.
 * @param derive - Writes the derivatives at f to `at`.
 * @returns NaN if the objective is defined nowhere on the range.
 *
 * @example
 * // ln f − 2f
 * concaveMaximum({ min: 0.1, max: 5 }, 1, (f, at) => {
 *   at.gain = 1 / f;
 *   at.gainSlope = -1 / (f * f);
 *   at.price = 2;
 * }); // 0.5
 */
export function concaveMaximum(
  { min, max }: FrequencyRange,
  start: number,
  derive: (f: number, at: Derivatives) => void,
  at: Derivatives = noDerivatives(),
): number {
  let low = min;
  let high = max;
  // Whether the bracket's ends have been looked at, and whether the objective is defined there.
  let lowSeen = false;
  let highSeen = false;
  let lowDefined = false;
  let highDefined = false;
  let f = start;
  for (let step = 0; ; step++) {
    at.undefinedBelow = false;
    at.undefinedAbove = false;
    derive(f, at);
    if (at.undefinedBelow && at.undefinedAbove) return Number.NaN;
    const defined = !at.undefinedBelow && !at.undefinedAbove;
    const { gain, price } = at;
    let next = Number.NaN;
    if (defined) {
      if (gain === price) return f;
      // Towards the edge of the domain the gain grows like 1/distance: its reciprocal is the straighter function.
      const newton = ((price - gain) / at.gainSlope) * (gain > price ? gain / price : 1);
      next = f + newton;
      const scale = Math.min(f, Math.abs(gain / at.gainSlope));
      if (Math.abs(newton) <= Math.max(LAST_STEP * scale, Number.EPSILON * f)) {
        return Math.min(Math.max(next, low), high);
      }
    }
    if (defined ? gain > price : at.undefinedBelow) {
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
    if (!(next > low && next < high) || step > NEWTON_STEPS) {
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
