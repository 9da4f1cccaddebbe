import type { FitResult } from "../../../../learning/federated/strategies/Strategy.ts";
import type { ModelSpec } from "../../../../learning/models/ModelSpec.ts";
import type { SeededRandom } from "../../../../numerics/SeededRandom.ts";

/** A model of three parameters: two weights and a bias. */
export const smallModel: ModelSpec = { kind: "mlp", inputs: 2, hidden: [], outputs: 1 };

/** Steps of 2⁻²⁴: fine beside the figures that the tests compare. */
export const FRACTION_BITS = 24;

/** Random fixed-point integers of ±reach for the tensors of {@link smallModel}. */
export function drawnTensors(random: SeededRandom, reach = 0.5): Int32Array[] {
  const draw = () => Math.round((2 * random.uniform() - 1) * reach * 2 ** FRACTION_BITS);
  return [Int32Array.of(draw(), draw()), Int32Array.of(draw())];
}

/** A result with its numbers at hand. */
export interface DrawnResult extends FitResult {
  readonly deltas: readonly Int32Array[];
  readonly controls: readonly Int32Array[];
}

/** What three to six workers send in a round. */
export function drawnResults(random: SeededRandom): DrawnResult[] {
  return Array.from({ length: 3 + random.integer(4) }, () => {
    const [deltas, controls] = [drawnTensors(random), drawnTensors(random)];
    return {
      deltas,
      controls,
      delta: (tensor) => deltas[tensor]!,
      control: (tensor) => controls[tensor]!,
      weight: 1 + random.integer(500),
    };
  });
}

/** Tensors as one list of float64. */
export function flat(tensors: readonly (Int32Array | Float64Array | Float32Array)[], unit = 1): number[] {
  return tensors.flatMap((values) => Array.from(values, (value) => value * unit));
}
