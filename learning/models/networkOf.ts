import type { ModelSpec } from "./ModelSpec.ts";
import { mlp } from "./mlp.ts";
import type { Network } from "./Network.ts";

/** The network of a spec's kind. */
export function networkOf(spec: ModelSpec): Network {
  switch (spec.kind) {
    case "mlp":
      return mlp;
    default:
      return spec.kind satisfies never;
  }
}
