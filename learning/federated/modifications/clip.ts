import { parameterShapes } from "../../models/parameterShapes.ts";
import type { ModificationSpec } from "./modificationSpec.ts";
import type { UpdateModification } from "./UpdateModification.ts";

/**
 * Clips an update to a norm (as in McMahan, Ramage, Talwar, Zhang, "Learning
 * differentially private recurrent language models", ICLR 2018, section 2.2, flat
 * clipping):
 *
 *   δ ← δ · min(1, S / ‖δ‖₂)
 *
 * over all trained parameters together. What is not trained (running statistics)
 * has no part in the norm and stays as it is. The sum of squares is taken in
 * float64 in the order of the parameters; each product is rounded to float32 once.
 *
 * | symbol | identifier |
 * |---|---|
 * | δ | `delta` |
 * | S | `norm` |
 */
export function clip({ norm }: Extract<ModificationSpec, { kind: "clip" }>): UpdateModification {
  return {
    drawsSecrets: false,

    modify(delta, { spec }) {
      const trained = parameterShapes(spec).map(({ trainable }) => trainable);
      let squares = 0;
      for (const [tensor, values] of delta.entries()) {
        if (!trained[tensor]) continue;
        for (let index = 0; index < values.length; index++) squares += values[index]! * values[index]!;
      }
      const length = Math.sqrt(squares);
      if (length <= norm) return delta;
      const factor = norm / length;
      return delta.map((values, tensor) =>
        trained[tensor] ? values.map((value) => value * factor) : values,
      );
    },
  };
}
