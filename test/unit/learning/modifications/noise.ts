import type { UpdateModification } from "../../../../learning/federated/modifications/UpdateModification.ts";
import { normalDraw } from "../../../../numerics/normalDraw.ts";

/** Adds normal noise that only the worker knows, on top of noise that everybody knows. */
export const noise: UpdateModification = {
  drawsSecrets: true,
  modify: (delta, { random, secret }) =>
    delta.map((values) => values.map((value) => value + 0.25 * normalDraw(secret) + random.uniform())),
};
