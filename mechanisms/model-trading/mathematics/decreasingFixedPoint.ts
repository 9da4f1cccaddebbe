/** Relative accuracy of the result. */
const ACCURACY = 1e-14;
const MOST_STEPS = 200;

/**
 * The S ≥ 0 with f(S) = S of a continuous function that does not rise. As f(S) − S falls at least as fast as S rises,
 * S is as accurate as f(S) is close to it.
 *
 * By the Illinois form of regula falsi; every third step halves the bracket, so that kinks do no harm.
 *
 * @param f - Not negative.
 * @param most - f(S) ≤ most.
 */
export function decreasingFixedPoint(f: (S: number) => number, most: number): number {
  let low = 0;
  let above = f(0);
  if (!(above > 0)) return 0;
  let high = most;
  let below = f(most) - most;
  if (!(below < 0)) return most;
  let lastSide = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    let S = low + ((high - low) * above) / (above - below);
    if (step % 3 === 2 || !(S > low && S < high)) S = low + (high - low) / 2;
    if (!(S > low && S < high)) break;
    const rest = f(S) - S;
    if (Math.abs(rest) <= ACCURACY * S) return S;
    const side = rest > 0 ? 1 : -1;
    if (side > 0) {
      low = S;
      above = rest;
      if (lastSide > 0) below /= 2;
    } else {
      high = S;
      below = rest;
      if (lastSide < 0) above /= 2;
    }
    lastSide = side;
  }
  return low + (high - low) / 2;
}
