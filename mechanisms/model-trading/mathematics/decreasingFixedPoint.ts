/** Relative accuracy of the result. */
const ACCURACY = 1e-14;
const MOST_STEPS = 200;

/**
 * The S ≥ 0 with f(S) = S of a continuous function that does not rise. It lies between any S and f(S), and as f(S) − S
 * falls at least as fast as S rises, S is as accurate as f(S) is close to it.
 *
 * By the Illinois form of regula falsi; every third step halves the bracket, so that kinks do no harm.
 *
 * @param f - Not negative.
 * @param guess - Where to begin; a good one saves most of the work.
 */
export function decreasingFixedPoint(f: (S: number) => number, guess = 0): number {
  const first = f(guess);
  if (Math.abs(first - guess) <= ACCURACY * guess) return guess;
  const second = f(first);
  const below = first > guess;
  let low = below ? guess : first;
  let above = below ? first - guess : second - first;
  let high = below ? first : guess;
  let under = below ? second - first : first - guess;
  let lastSide = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    let S = low + ((high - low) * above) / (above - under);
    if (step % 3 === 2 || !(S > low && S < high)) S = low + (high - low) / 2;
    if (!(S > low && S < high)) break;
    const rest = f(S) - S;
    if (Math.abs(rest) <= ACCURACY * S) return S;
    const side = rest > 0 ? 1 : -1;
    if (side > 0) {
      low = S;
      above = rest;
      if (lastSide > 0) under /= 2;
    } else {
      high = S;
      under = rest;
      if (lastSide < 0) above /= 2;
    }
    lastSide = side;
  }
  return low + (high - low) / 2;
}
