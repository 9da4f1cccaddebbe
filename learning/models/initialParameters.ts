import type { RandomSource } from "../../numerics/RandomSource.ts";
import { elementCount } from "./elementCount.ts";
import type { ModelSpec } from "./ModelSpec.ts";
import { type ModelParameters, parameterShapes } from "./parameterShapes.ts";

/**
 * Seeded initial parameters, by the rule of each tensor. Uses only operations
 * that IEEE 754 rounds exactly, so a seed gives the same model everywhere.
 *
 * @example
 * const global = initialParameters(spec, new SeededRandom(seed, "initial model"));
 */
export function initialParameters(spec: ModelSpec, random: RandomSource): ModelParameters {
  return parameterShapes(spec).map(({ shape, initial }) => {
    const values = new Float32Array(elementCount(shape));
    if ("value" in initial) return values.fill(initial.value);
    for (let index = 0; index < values.length; index++) {
      values[index] = initial.limit * (2 * random.uniform() - 1);
    }
    return values;
  });
}
