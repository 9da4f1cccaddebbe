import type { Sampling } from "../protocol/draws.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** What terms have for a specification's kinds. */
const SAMPLINGS = {
  uniform: "Uniform",
  freshness: "Freshness",
} as const satisfies Record<NonNullable<TaskSpec["sampling"]>["kind"], Sampling>;

/** The terms of a task that say who takes part in its rounds. */
export function samplingTerms({
  sampling,
}: Pick<TaskSpec, "sampling">): Pick<TaskTerms, "workersPerRound" | "sampling"> {
  if (sampling === undefined) return { workersPerRound: 0, sampling: "Uniform" };
  return { workersPerRound: sampling.clients, sampling: SAMPLINGS[sampling.kind] };
}
