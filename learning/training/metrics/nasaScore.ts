/** Predictions that are early by at most this many cycles count as right. */
const MOST_EARLY = 13;
/** Predictions that are late by at most this many cycles count as right. */
const MOST_LATE = 10;

/** Whether a prediction of remaining useful life is right: −13 ≤ predicted − true ≤ 10 cycles (Saxena et al. 2008). */
export function isTimely(error: number): boolean {
  return error >= -MOST_EARLY && error <= MOST_LATE;
}

/**
 * A prediction's share of the score of the PHM 2008 challenge (Saxena, Goebel, Simon,
 * Eklund 2008, eq. 11): e^(−d/13) − 1 for d < 0, else e^(d/10) − 1, with d = predicted −
 * true cycles. 0 is best; late predictions cost more than early ones.
 */
export function nasaScore(error: number): number {
  return Math.exp(error < 0 ? -error / MOST_EARLY : error / MOST_LATE) - 1;
}
