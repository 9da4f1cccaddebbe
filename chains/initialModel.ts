import { toFixedPoint } from "../learning/federated/fixedPoint.ts";
import { encodeUpdate } from "../learning/federated/updateCodec.ts";
import { initialParameters } from "../learning/models/initialParameters.ts";
import { SeededRandom } from "../protocol/SeededRandom.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** The global model that round 0 starts from, as it is stored: it follows from the task's seed alone. */
export function initialModel(spec: Pick<TaskSpec, "model" | "seed" | "fractionBits">): Uint8Array {
  const parameters = initialParameters(spec.model, new SeededRandom(spec.seed, "model"));
  return encodeUpdate(toFixedPoint(spec.model, parameters, spec.fractionBits));
}
