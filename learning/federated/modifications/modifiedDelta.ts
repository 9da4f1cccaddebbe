import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { ModelSpec } from "../../models/ModelSpec.ts";
import type { ModelParameters } from "../../models/parameterShapes.ts";
import type { UpdateModification } from "./UpdateModification.ts";

/** What {@link modifiedDelta} needs. */
export interface ModifiedDeltaParameters {
  /** In their order. */
  readonly modifications: readonly UpdateModification[];
  readonly spec: ModelSpec;
  /** Of the task. */
  readonly seed: number;
  /** Names the worker's stream of the seed in the round; each modification has its own branch of it. */
  readonly stream: readonly (string | number)[];
  /** Draws that only the worker knows. */
  readonly secret: RandomSource | undefined;
}

/**
 * What is left of a worker's change after a chain of modifications.
 *
 * @throws BaseError `UPDATE_SECRET` when one draws secrets and none are given.
 */
export function modifiedDelta(delta: ModelParameters, parameters: ModifiedDeltaParameters): ModelParameters {
  const { modifications, spec, seed, stream, secret } = parameters;
  return modifications.reduce((changed, modification, place) => {
    const context = { spec, random: new SeededRandom(seed, "modification", place, ...stream) };
    if (!modification.drawsSecrets) return modification.modify(changed, context);
    if (secret !== undefined) return modification.modify(changed, { ...context, secret });
    throw new BaseError(
      "UPDATE_SECRET",
      "The update is modified with secret draws, and there is no source of them.",
      {
        next: "Let the worker itself compute it: nobody else can.",
      },
    );
  }, delta);
}
