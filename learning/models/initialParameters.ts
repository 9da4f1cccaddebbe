import type { RandomSource } from "../../protocol/SeededRandom.ts";
import type { ModelSpec } from "./ModelSpec.ts";
import { elementCount, type ModelParameters, parameterShapes } from "./parameterShapes.ts";

/**
 * Seeded initial parameters: kernels uniform in ±√(6/inputs) (He, Zhang, Ren,
 * Sun 2015, eq. 10, as a uniform distribution), biases 0. Uses only operations
 * that IEEE 754 rounds exactly, so a seed gives the same model everywhere.
 *
 * @example
 * const global = initialParameters(spec, new SeededRandom(seed, "initial model"));
 */
export function initialParameters(spec: ModelSpec, random: RandomSource): ModelParameters {
  return parameterShapes(spec).map(({ shape }) => {
    const values = new Float32Array(elementCount(shape));
    if (shape.length === 1) return values;
    const limit = Math.sqrt(6 / shape[0]!);
    return values.map(() => limit * (2 * random.uniform() - 1));
  });
}
