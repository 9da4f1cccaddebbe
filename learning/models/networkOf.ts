import type { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { MODEL_KINDS } from "./modelKinds.ts";
import { buildNetwork, type Network } from "./Network.ts";

/**
 * The network of a `ModelSpec`.
 *
 * @throws BaseError `MODEL_KIND`, and `LAYER_SHAPE` or `MODEL_OUTPUTS` when the
 * hyper-parameters make no network.
 */
export function networkOf(spec: z.infer<(typeof MODEL_KINDS)[number]["schema"]>): Network {
  const kind = MODEL_KINDS.find(({ schema }) => schema.shape.kind.value === spec.kind);
  if (kind === undefined) {
    throw new BaseError("MODEL_KIND", `There is no kind of model ${JSON.stringify(spec.kind)}.`);
  }
  return buildNetwork(kind.network(spec as never));
}
