/** How far from 1 the sum of probabilities may be. */
const ROUNDING = 1e-9;

/** What keeps numbers from being the probabilities of all there is, in words; undefined when nothing does. */
export function wrongProbabilities(probabilities: readonly number[]): string | undefined {
  const sum = probabilities.reduce((all, probability) => all + probability, 0);
  return Math.abs(sum - 1) <= ROUNDING ? undefined : `probabilities must sum to 1; they sum to ${sum}`;
}
