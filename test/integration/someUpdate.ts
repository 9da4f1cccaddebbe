import { encodeUpdate } from "../../learning/federated/updateCodec.ts";
import { initialParameters } from "../../learning/models/initialParameters.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";

/** An update of a task that nobody trained: its changes are random numbers of a seed. */
export function someUpdate(
  { model, fractionBits, numericClass, update }: TaskSpec,
  base: string,
  seed: number,
): Uint8Array {
  const values = initialParameters(model, new SeededRandom(seed));
  const delta = values.map((tensor) => ({ values: tensor, scale: 1 }));
  return encodeUpdate({ spec: model, fractionBits, ...update, numericClass, base, delta });
}
