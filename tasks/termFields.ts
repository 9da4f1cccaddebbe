import { leastTimesOf, networkConfigSchema } from "../chains/networks/networkConfig.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";

/** The fields of a task file that become terms under another name (TermsCheck.sol names terms). */
const FIELDS: Readonly<Record<string, string>> = {
  "schedule.startTime": "schedule.enrolSeconds",
  "schedule.deadline": "schedule.deadlineSeconds",
  targetScorePpb: "targetAccuracy",
  quorumPpb: "quorum",
  maxSamples: "training.samplesPerRound",
  workersPerRound: "sampling.clients",
  sampling: "sampling.kind",
  aggregators: "aggregators.of",
  attestations: "aggregators.attestations",
  mechanismTerms: "reward",
};

/** Times whose least a network sets. */
const BY_NETWORK = new Set(
  ["commitSeconds", "revealSeconds", "reportSeconds", "claimSeconds"].map((name) => `schedule.${name}`),
);

/** The field of a task file that a term comes from. */
export function fieldOf(term: string): string {
  return FIELDS[term] ?? term;
}

/** A refusal of terms in the words of the file that they come from; any other error as it is. */
export function inFieldsOfFile(error: unknown): unknown {
  if (!(error instanceof ContractRevert) || error.code !== "InvalidTerms") return error;
  const field = fieldOf(String(error.values.field));
  const { reportSeconds, claimSeconds } = leastTimesOf(networkConfigSchema.parse({}));
  return new BaseError("InvalidTerms", `The main chain refuses the task: its ${field} does not hold.`, {
    ...(BY_NETWORK.has(field) && {
      details: `Who deployed a network sets the least that its messages take (leastTimes in docs/network-config.md): unless configured, ${reportSeconds} s on one of ./freshet up, and ${claimSeconds} s for claimSeconds.`,
    }),
    next: `Correct ${field}; docs/task-spec.md says what it may be.`,
    cause: error,
  });
}
