import type { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ModelKind } from "./ModelKind.ts";
import { MODEL_KINDS } from "./modelKinds.ts";
import { buildNetwork, type Network } from "./Network.ts";

type Spec = z.infer<(typeof MODEL_KINDS)[number]["schema"]>;

/**
 * The network of a `ModelSpec`.
 *
 * @throws BaseError `MODEL_KIND`, and `LAYER_SHAPE` or `MODEL_OUTPUTS` when the
 * hyper-parameters make no network.
 */
export function networkOf(spec: Spec): Network {
  return buildNetwork(kindOf(spec).network(spec as never));
}

/**
 * The network of a `ModelSpec` for samples of a shape: a detector takes images of
 * other sizes than its spec's, for all others it is {@link networkOf}.
 *
 * @throws BaseError as `networkOf`, also when the detector cannot take the samples.
 */
export function networkFor(spec: Spec, sampleShape: readonly number[]): Network {
  const { resized, network } = kindOf(spec);
  const { inputShape } = networkOf(spec);
  const [height, width, channels, ...others] = sampleShape;
  if (resized === undefined || others.length > 0 || channels !== inputShape[2]) return networkOf(spec);
  return buildNetwork(network(resized(spec as never, [height!, width!, channels!]) as never));
}

function kindOf(spec: Spec): ModelKind {
  const kind = MODEL_KINDS.find(({ schema }) => schema.shape.kind.value === spec.kind);
  if (kind === undefined) {
    throw new BaseError("MODEL_KIND", `There is no kind of model ${JSON.stringify(spec.kind)}.`);
  }
  return kind as unknown as ModelKind;
}
