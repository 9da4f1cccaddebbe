import { BaseError } from "../../protocol/BaseError.ts";

/**
 * The error of a score that nothing tells of: it is no 0.
 *
 * @param details - What is missing, in one sentence.
 */
export function nothingToScore(details: string): BaseError {
  return new BaseError("NOTHING_TO_SCORE", "There is nothing to measure a score on.", {
    details,
    next: "Correct the task's data set, so that it holds out what its score is measured on.",
  });
}

/** The same for anomalies, where all samples are of one class. */
export function anomaliesUntold(anomalous: number, samples: number): BaseError {
  return nothingToScore(
    `Of ${samples} held-out samples ${anomalous} are anomalous; anomalies are told from normal samples, so both are needed.`,
  );
}
