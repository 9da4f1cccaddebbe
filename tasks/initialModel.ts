import { initialGlobalModel } from "../learning/federated/initialGlobalModel.ts";
import { encodeModel } from "../learning/federated/modelCodec.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** The global model that round 0 starts from, as it is stored: it follows from the task alone. */
export function initialModel(
  spec: Pick<TaskSpec, "model" | "seed" | "fractionBits" | "strategy">,
): Uint8Array {
  return encodeModel(initialGlobalModel(spec));
}
