import type { Dataset } from "./Dataset.ts";

/** A copy whose features, labels and boxes are in shared memory: threads read it without copying it each time. */
export function sharedDataset(dataset: Dataset): Dataset {
  const { features, labels, boxes } = dataset;
  return {
    ...dataset,
    features: sharedArray(features),
    labels: sharedArray(labels),
    ...(boxes && { boxes: sharedArray(boxes) }),
  };
}

function sharedArray<T extends Uint8Array | Float32Array>(array: T): T {
  const buffer = new SharedArrayBuffer(array.byteLength);
  const copy = array instanceof Float32Array ? new Float32Array(buffer) : new Uint8Array(buffer);
  copy.set(array);
  return copy as T;
}
