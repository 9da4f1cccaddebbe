import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { PolicyOptions } from "./PolicyOptions.ts";
import type { TrainedPolicy } from "./PolicyTraining.ts";

const FORMAT = "freshet-migration-policy/1";

/** A trained policy as a safetensors file; the same policy gives the same bytes. */
export function encodePolicy({ options, parameters, episode, validationReward }: TrainedPolicy): Uint8Array {
  return encodeSafetensors({
    metadata: {
      format: FORMAT,
      options: JSON.stringify(options),
      episode: String(episode),
      validationReward: String(validationReward),
    },
    tensors: new Map([...parameters].map(([name, data]) => [name, { shape: [data.length], data }] as const)),
  });
}

/** @throws BaseError `POLICY_FORMAT` when it is no such file, and the errors of `decodeSafetensors`. */
export function decodePolicy(bytes: Uint8Array): TrainedPolicy {
  const { metadata, tensors } = decodeSafetensors(bytes);
  if (metadata.format !== FORMAT) {
    throw new BaseError("POLICY_FORMAT", "That is no policy of twin migration.", {
      details: `Its format is ${(metadata.format ?? "not there").slice(0, 200)}; ${FORMAT} is needed.`,
      next: "Give a file that `./freshet migration train` wrote, or the name of a rule.",
    });
  }
  const parameters = new Map<string, Float32Array>();
  for (const [name, { data }] of tensors) if (data instanceof Float32Array) parameters.set(name, data);
  return {
    options: JSON.parse(metadata.options!) as PolicyOptions,
    parameters,
    episode: Number(metadata.episode),
    validationReward: Number(metadata.validationReward),
  };
}
