import { normalDraw } from "../../../numerics/normalDraw.ts";
import { type ModelParameters, parameterShapes } from "../../models/parameterShapes.ts";
import type { UpdateModification } from "../modifications/UpdateModification.ts";
import { type BehaviourSpec, behaviourOf } from "./behaviourSpec.ts";

/**
 * What behaviours do to what training changed, in an order of their own: what was copied takes its place, its sign is
 * flipped, noise is added. What is not trained (running statistics) is copied, and else stays as it is.
 *
 * @param copied - What another sent; undefined where there is nothing to copy: then nothing changes.
 */
export function behaviourModifications(
  behaviours: readonly BehaviourSpec[],
  copied?: ModelParameters,
): UpdateModification[] {
  const [copy, sign, noise] = [
    behaviourOf(behaviours, "copy"),
    behaviourOf(behaviours, "flip-sign"),
    behaviourOf(behaviours, "noise"),
  ];
  return [
    ...(copy === undefined ? [] : [inItsPlace(copied)]),
    ...(sign === undefined ? [] : [opposite(sign.factor)]),
    ...(noise === undefined ? [] : [noisy(noise.deviation)]),
  ];
}

function inItsPlace(copied: ModelParameters | undefined): UpdateModification {
  return {
    drawsSecrets: false,
    modify: (delta) => copied ?? delta.map(({ length }) => new Float32Array(length)),
  };
}

/** δ ← −c · δ. */
function opposite(factor: number): UpdateModification {
  return {
    drawsSecrets: false,
    modify(delta, { spec }) {
      const shapes = parameterShapes(spec);
      return delta.map((values, tensor) =>
        shapes[tensor]!.trainable ? values.map((value) => -factor * value) : values,
      );
    },
  };
}

/** δ ← δ + c · √(Σδ²/n) · N(0, 1). */
function noisy(deviation: number): UpdateModification {
  return {
    drawsSecrets: false,
    modify(delta, { spec, random }) {
      const shapes = parameterShapes(spec);
      let [squares, count] = [0, 0];
      for (const [tensor, values] of delta.entries()) {
        if (!shapes[tensor]!.trainable) continue;
        for (let index = 0; index < values.length; index++) squares += values[index]! * values[index]!;
        count += values.length;
      }
      const scale = count === 0 ? 0 : deviation * Math.sqrt(squares / count);
      return delta.map((values, tensor) =>
        shapes[tensor]!.trainable ? values.map((value) => value + scale * normalDraw(random)) : values,
      );
    },
  };
}
