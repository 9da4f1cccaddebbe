import { portableLog } from "./portableLog.ts";
import type { RandomSource } from "./RandomSource.ts";

/** A try suits with π/4: so many fail together with less than 10^-600. */
const MOST_TRIES = 1000;

/**
 * One draw of the standard normal distribution, by the polar method (Marsaglia and
 * Bray 1964). The same draws of the source give the same bits on every machine.
 *
 * @example
 * const x = mean + deviation * normalDraw(random);
 */
export function normalDraw(random: RandomSource): number {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const x = 2 * random.uniform() - 1;
    const y = 2 * random.uniform() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * portableLog(square)) / square);
  }
  throw new RangeError("the random source repeats itself: no draw suits a normal distribution");
}
