import { type Dataset, featureCount } from "./Dataset.ts";

/**
 * What a model sees of some samples: feature × scale, rounded to float32.
 *
 * @param rows - Existing rows of `dataset`.
 * @returns Shape [rows, d], row-major.
 */
export function scaledFeatures(dataset: Dataset, rows: ArrayLike<number>): Float32Array {
  const { features, scale } = dataset;
  const width = featureCount(dataset);
  const scaled = new Float32Array(rows.length * width);
  let target = 0;
  for (let row = 0; row < rows.length; row++) {
    const end = (rows[row]! + 1) * width;
    for (let source = end - width; source < end; source++) scaled[target++] = features[source]! * scale;
  }
  return scaled;
}
