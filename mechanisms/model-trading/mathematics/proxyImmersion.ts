import type { DerivedGame } from "./DerivedGame.ts";

/** What the benchmark schemes go by: the amount of data, its potential value, or both. */
export type SchemeKey = "x_based" | "w_based" | "w_x_based";

/**
 * The contribution I' that an MU takes I for when it does not know all of it: what the scheme does not look at is the
 * mean over all pairs, and θ the mean of 1/θ over the MUs.
 *
 * @returns I'_mn, IoM/s. [M·N]
 */
export function proxyContribution(game: DerivedGame, key: SchemeKey): Float64Array {
  const { potential, dataLog, contributionScale, accuracy } = game;
  const accuracyMean = mean(accuracy.map((theta) => 1 / theta));
  const potentialMean = mean(potential);
  const dataMean = mean(dataLog);
  return potential.map((omega, at) => {
    const value = key === "x_based" ? potentialMean : omega;
    const data = key === "w_based" ? dataMean : dataLog[at]!;
    return contributionScale * value * data * accuracyMean;
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
