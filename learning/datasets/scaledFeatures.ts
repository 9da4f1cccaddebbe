import { type Dataset, featureCount } from "./Dataset.ts";

/**
 * What a model sees of some samples: feature × scale, rounded to float32.
 *
 * @param rows - Existing rows of `dataset`.
 * @param memory - Where to write, of at least rows · d elements; new memory unless given.
 * @returns Shape [rows, d], row-major.
 */
export function scaledFeatures(
  dataset: Dataset,
  rows: ArrayLike<number>,
  memory?: Float32Array,
): Float32Array {
  const { features, scale } = dataset;
  const width = featureCount(dataset);
  const scaled = memory?.subarray(0, rows.length * width) ?? new Float32Array(rows.length * width);
  for (let row = 0; row < rows.length; row++) {
    const start = rows[row]! * width;
    scaleInto(
      scaled.subarray(row * width, (row + 1) * width),
      features.subarray(start, start + width),
      width,
      scale,
    );
  }
  return scaled;
}

/** A loop of its own over views that begin at 0 takes half the time of one over offsets. */
function scaleInto(
  target: Float32Array,
  source: Uint8Array | Float32Array,
  length: number,
  scale: number,
): void {
  for (let index = 0; index < length; index++) target[index] = source[index]! * scale;
}
