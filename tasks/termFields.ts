import { BaseError } from "../protocol/BaseError.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";

/** The fields of a task file that become terms under another name (TermsCheck.sol names terms). */
const FIELDS: Readonly<Record<string, string>> = {
  "schedule.startTime": "schedule.enrolSeconds",
  "schedule.deadline": "schedule.deadlineSeconds",
  targetScorePpb: "targetAccuracy",
  quorumPpb: "quorum",
  maxSamples: "training.samplesPerRound",
  aggregators: "aggregators.of",
  attestations: "aggregators.attestations",
  mechanismTerms: "reward",
};

/** The field of a task file that a term comes from. */
export function fieldOf(term: string): string {
  return FIELDS[term] ?? term;
}

/** A refusal of terms in the words of the file that they come from; any other error as it is. */
export function inFieldsOfFile(error: unknown): unknown {
  if (!(error instanceof ContractRevert) || error.code !== "InvalidTerms") return error;
  const field = fieldOf(String(error.values.field));
  return new BaseError("InvalidTerms", `The main chain refuses the task: its ${field} does not hold.`, {
    next: `Correct ${field}; docs/task-spec.md says what it may be.`,
    cause: error,
  });
}
