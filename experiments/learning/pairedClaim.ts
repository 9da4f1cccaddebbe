import type { TestedClaim } from "./LearningResult.ts";
import { meanAndDeviation } from "./meanAndDeviation.ts";

/** How a difference is told. */
export interface DifferenceUnit {
  /** What it is multiplied by first, e.g. 100 for points of accuracy. */
  readonly factor: number;
  readonly unit: string;
}

/** Differences of accuracies. */
export const ACCURACY_POINTS: DifferenceUnit = { factor: 100, unit: "points" };

/**
 * Tests whether one setting gives larger values than another: seed by seed, as both
 * see the same data. It does when it does with every seed, it does not when it does
 * with none, and else the runs do not decide.
 *
 * @param greater - One value a seed.
 * @param less - The other setting's, in the same order.
 *
 * @example
 * pairedClaim("both are better than one", both, one, ACCURACY_POINTS);
 */
export function pairedClaim(
  claim: string,
  greater: readonly number[],
  less: readonly number[],
  { factor, unit }: DifferenceUnit,
): TestedClaim {
  const differences = greater.map((value, i) => factor * (value - less[i]!));
  const wins = differences.filter((difference) => difference > 0).length;
  const { mean, deviation } = meanAndDeviation(differences);
  const spread = Number.isNaN(deviation) ? "" : ` ± ${deviation.toFixed(2)}`;
  return {
    claim,
    holds: wins === differences.length ? "yes" : wins === 0 ? "no" : "undecided",
    measured: `${signed(mean)}${spread} ${unit}, with ${wins} of ${differences.length} seeds`,
  };
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
