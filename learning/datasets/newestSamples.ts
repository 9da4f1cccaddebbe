import { BaseError } from "../../protocol/BaseError.ts";
import type { Dataset } from "./Dataset.ts";
import { selectSamples } from "./selectSamples.ts";

/**
 * The newest samples a device holds: rows [collected − count, collected), or all
 * collected rows when there are fewer. A device that collects while it takes
 * part passes how many rows it has by now. "The data collected at the (r−1)-th
 * round are used for local training at the r-th round" (model trading paper,
 * section III).
 *
 * @param count - The most samples to take, ≥ 0.
 * @param collected - How many rows exist so far, in [0, n]; all of them unless given.
 * @returns A copy, oldest first.
 * @throws BaseError `DATASET_COUNT` unless both are whole numbers in range.
 *
 * @example
 * newestSamples(device, 1000, 3000); // rows 2000 … 2999
 */
export function newestSamples(dataset: Dataset, count: number, collected = dataset.labels.length): Dataset {
  const held = dataset.labels.length;
  if (!Number.isInteger(count) || count < 0) {
    throw new BaseError("DATASET_COUNT", `The number of samples to take is not a whole number: ${count}.`);
  }
  if (!Number.isInteger(collected) || collected < 0 || collected > held) {
    throw new BaseError(
      "DATASET_COUNT",
      `A device holding ${held} samples cannot have collected ${collected}.`,
    );
  }
  const start = Math.max(0, collected - count);
  return selectSamples(
    dataset,
    Uint32Array.from({ length: collected - start }, (_, row) => start + row),
  );
}
