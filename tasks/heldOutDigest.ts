import { createHash } from "node:crypto";

import type { Dataset } from "../learning/datasets/Dataset.ts";
import { encodeDataset } from "../learning/datasets/datasetCodec.ts";

/**
 * What a task commits to its held-out data by: SHA-256 of the samples in the form in which batches are stored
 * (`encodeDataset`), in their order and without whose they are. The same samples give the same digest on every machine,
 * whatever files they came in.
 *
 * @returns 0x and 64 hexadecimal digits.
 */
export function heldOutDigest(samples: Dataset): string {
  const bytes = encodeDataset({ ...samples, clients: undefined });
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}
