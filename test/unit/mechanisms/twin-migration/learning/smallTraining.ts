import type { Engine } from "../../../../../learning/engine/Engine.ts";
import {
  type LearnerName,
  type PolicyOptions,
  policyOptions,
} from "../../../../../mechanisms/twin-migration/learning/PolicyOptions.ts";
import { PolicyTraining } from "../../../../../mechanisms/twin-migration/learning/PolicyTraining.ts";

/** A training of a few short episodes in a small world. */
export function smallTraining(
  engine: Engine,
  learner: LearnerName,
  given: Partial<PolicyOptions> = {},
): PolicyTraining {
  return new PolicyTraining(
    engine,
    policyOptions({
      seed: 3,
      learner,
      episodes: 11,
      size: { vehicles: 5, edges: 4, clouds: 2 },
      parameters: { episodeSteps: 12 },
      ...given,
    }),
  );
}
