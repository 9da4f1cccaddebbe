import type { Dataset } from "../learning/datasets/Dataset.ts";
import { partition } from "../learning/datasets/partition.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskSpec } from "./taskSpec.ts";

/**
 * Which of a task's training samples each of `devices` devices senses, by the task's partition and seed.
 *
 * @returns Rows of `train`, an array a device; one may be empty.
 * @throws BaseError the errors of `partition`.
 */
export function dealtRows(
  { partition: spec, seed }: Pick<TaskSpec, "partition" | "seed">,
  train: Dataset,
  devices: number,
): Uint32Array[] {
  return partition(spec, train, devices, new SeededRandom(seed, "partition"));
}

/**
 * Checks that devices have something to train on.
 *
 * @param dealt - Of all devices, as {@link dealtRows} gives it.
 * @param here - Which of them are checked, from 0.
 * @throws BaseError `DEVICE_WITHOUT_DATA` with what was found.
 */
export function assertDealt(dealt: readonly Uint32Array[], here: readonly number[]): void {
  const empty = here.filter((device) => dealt[device]!.length === 0);
  if (empty.length === 0) return;
  const names = empty.map((device) => device + 1);
  throw new BaseError(
    "DEVICE_WITHOUT_DATA",
    `The task's partition leaves ${names.length === 1 ? "device" : "devices"} ${names.join(", ")} without a sample.`,
    {
      details: `To ${dealt.length} devices it deals ${dealt.map(({ length }) => length).join(", ")} samples.`,
      next: "Let fewer devices take part, or change the task's partition or seed.",
    },
  );
}
