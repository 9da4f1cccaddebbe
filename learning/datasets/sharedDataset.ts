import type { Dataset } from "./Dataset.ts";

/** A copy whose features and labels are in shared memory: threads read it without copying it each time. */
export function sharedDataset(dataset: Dataset): Dataset {
  return { ...dataset, features: sharedArray(dataset.features), labels: sharedArray(dataset.labels) };
}

function sharedArray(array: Uint8Array | Float32Array): Uint8Array | Float32Array {
  const buffer = new SharedArrayBuffer(array.byteLength);
  const copy = array instanceof Float32Array ? new Float32Array(buffer) : new Uint8Array(buffer);
  copy.set(array);
  return copy;
}
