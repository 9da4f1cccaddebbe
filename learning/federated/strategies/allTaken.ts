import type { FitResult, Verdict } from "./Strategy.ts";

/** The verdicts of a strategy that takes every result with its own weight. */
export function allTaken(results: readonly FitResult[]): Verdict[] {
  return results.map(({ weight }) => ({ taken: true, weight }));
}
