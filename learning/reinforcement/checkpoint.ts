import { BaseError } from "../../protocol/BaseError.ts";
import { decodeSafetensors } from "../safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../safetensors/encodeSafetensors.ts";
import type { Learner } from "./learners/Learner.ts";

const FORMAT = "freshet-learner/1";

/** Whose checkpoint it is: `name` and how the learner was made, as JSON. */
export interface CheckpointSubject {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A learner with its environments as a safetensors file, between two calls of
 * `learn`: the same learner always gives the same bytes, so their digest stands for it.
 */
export function encodeCheckpoint(
  learner: Pick<Learner<unknown>, "snapshot">,
  subject: CheckpointSubject,
): Uint8Array {
  return encodeSafetensors({
    metadata: metadataOf(subject),
    tensors: new Map(
      [...learner.snapshot()].map(([name, data]) => [name, { shape: [data.length], data }] as const),
    ),
  });
}

/**
 * Has a learner that was made alike go on from what {@link encodeCheckpoint} wrote: it
 * comes to the same bits as without a break.
 *
 * @throws BaseError `CHECKPOINT_OTHER` when it is of another learner, `CHECKPOINT_FORMAT`,
 * and the errors of `decodeSafetensors`.
 */
export function restoreCheckpoint(
  learner: Pick<Learner<unknown>, "restore">,
  bytes: Uint8Array,
  subject: CheckpointSubject,
): void {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const expected = metadataOf(subject);
  for (const [key, value] of Object.entries(expected)) {
    if (metadata[key] === value) continue;
    throw new BaseError("CHECKPOINT_OTHER", "The checkpoint is of another learner.", {
      details: `Its ${key} is ${(metadata[key] ?? "not there").slice(0, 200)}; this one's is ${value}.`,
    });
  }
  const numbers = new Map<string, Float32Array | Float64Array>();
  for (const [name, { data }] of tensors) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) {
      throw new BaseError("CHECKPOINT_FORMAT", `The checkpoint's ${name} is not of real numbers.`);
    }
    numbers.set(name, data);
  }
  learner.restore(numbers);
}

function metadataOf({ name, options }: CheckpointSubject): Record<string, string> {
  return { format: FORMAT, learner: name, options: JSON.stringify(options) };
}
