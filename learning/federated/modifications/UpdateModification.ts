import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { ModelSpec } from "../../models/ModelSpec.ts";
import type { ModelParameters } from "../../models/parameterShapes.ts";

/** What a modification may look at. */
export interface ModificationContext {
  readonly spec: ModelSpec;
  /** Draws from the task's seed: everybody can repeat them. */
  readonly random: RandomSource;
}

/** What a modification with secrets may look at too. */
export interface SecretContext extends ModificationContext {
  /** Draws that nobody but the worker knows, or can guess. */
  readonly secret: RandomSource;
}

/**
 * Changes what a worker's training has changed, between training and encoding, such
 * as by clipping, noise or a mask. All that the worker sends follows from what comes
 * out. It may use + − × ÷ √ only and must not change its argument, so that the same
 * draws give the same bits everywhere.
 *
 * One that `drawsSecrets` cannot be repeated by others: the task must say so
 * (`UpdateSpec.repeatable`), and only such a one is given the secret source.
 */
export type UpdateModification =
  | {
      readonly drawsSecrets: false;
      readonly modify: (delta: ModelParameters, context: ModificationContext) => ModelParameters;
    }
  | {
      readonly drawsSecrets: true;
      readonly modify: (delta: ModelParameters, context: SecretContext) => ModelParameters;
    };
