import { portableLog } from "./portableLog.ts";
import type { RandomSource } from "./RandomSource.ts";

/**
 * One draw of the standard normal distribution, by the polar method (Marsaglia and
 * Bray 1964). The same draws of the source give the same bits on every machine.
 *
 * @example
 * const x = mean + deviation * normalDraw(random);
 */
export function normalDraw(random: RandomSource): number {
  for (;;) {
    const x = 2 * random.uniform() - 1;
    const y = 2 * random.uniform() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * portableLog(square)) / square);
  }
}
