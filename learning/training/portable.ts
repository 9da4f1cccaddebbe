import { type Dataset, featureCount } from "../datasets/Dataset.ts";

/** Rows [start, end) of a dataset, as {@link portable} arrays; whose they are is left out, as nobody in a thread asks. */
export function portableRows(
  dataset: Dataset,
  start: number,
  end: number,
  transferList: ArrayBuffer[],
): Dataset {
  const { features, labels, boxes } = dataset;
  const boxWidth = boxes === undefined ? 0 : boxes.length / labels.length;
  const width = featureCount(dataset);
  return {
    ...dataset,
    features: portable(features, start * width, end * width, transferList),
    labels: portable(labels, start, end, transferList),
    boxes: boxes && portable(boxes, start * boxWidth, end * boxWidth, transferList),
    clients: undefined,
  };
}

/**
 * Elements [start, end) in a form that a message carries cheaply: shared memory
 * as a view, a whole buffer as it is, and a part of a buffer as a copy to move,
 * because a message would copy the whole buffer behind a view.
 *
 * @param transferList - Told of what is to be moved.
 */
export function portable<T extends Uint8Array | Float32Array>(
  array: T,
  start: number,
  end: number,
  transferList: ArrayBuffer[],
): T {
  const part = array.subarray(start, end) as T;
  if (array.buffer instanceof SharedArrayBuffer) return part;
  if (part.byteLength === array.buffer.byteLength) return part;
  // Not slice(): on a Node Buffer it is a view.
  const copy = part instanceof Uint8Array ? new Uint8Array(part) : new Float32Array(part);
  transferList.push(copy.buffer);
  return copy as T;
}
