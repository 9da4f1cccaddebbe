import type { Series } from "../../reports/Figure.ts";
import { meanAndDeviation } from "./meanAndDeviation.ts";

/** A line of a chart, in %, from the scores of each seed by round. */
export function accuracyLine(name: string, scores: readonly (readonly number[])[]): Series {
  const byRound = scores[0]!.map((_, round) =>
    meanAndDeviation(scores.map((ofSeed) => 100 * ofSeed[round]!)),
  );
  return {
    name,
    values: byRound.map(({ mean }) => mean),
    spread: byRound.map(({ deviation }) => (Number.isNaN(deviation) ? 0 : deviation)),
  };
}
