import { greatest, least } from "../../numerics/extremes.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BOX_FIELDS } from "../detection/sampleBoxes.ts";
import type { Dataset } from "./Dataset.ts";

/**
 * A dataset with wrong labels: of `classes` classes the label l becomes classes − 1 − l; a real target y becomes
 * least + greatest − y of the dataset's targets. Of scenes it is the categories of objects that change so; a scene
 * without any stays one. Features stay.
 *
 * @param share - Of the samples whose labels are wrong, in [0, 1]: ⌊share · n⌉ of them, drawn.
 * @returns New labels on the same features.
 */
export function flippedLabels(dataset: Dataset, share: number, random: RandomSource): Dataset {
  const { labels, classes, boxes } = dataset;
  const count = Math.round(share * labels.length);
  const all = Uint32Array.from({ length: labels.length }, (_, row) => row);
  const rows = shuffle(all, random).subarray(0, count);
  const mirror = mirrorOf(dataset);
  const flipped = labels.slice();
  if (boxes === undefined) {
    for (const row of rows) flipped[row] = mirror - labels[row]!;
    return { ...dataset, labels: flipped };
  }
  const width = boxes.length / labels.length;
  const moved = boxes.slice();
  for (const row of rows) {
    if (labels[row] !== classes - 1) flipped[row] = mirror - labels[row]!;
    for (let at = row * width + BOX_FIELDS - 1; at < (row + 1) * width; at += BOX_FIELDS) {
      if (moved[at] !== -1) moved[at] = mirror - moved[at]!;
    }
  }
  return { ...dataset, labels: flipped, boxes: moved };
}

/** What a label and its opposite add up to. */
function mirrorOf({ labels, classes, boxes }: Dataset): number {
  if (labels instanceof Float32Array) return labels.length === 0 ? 0 : least(labels) + greatest(labels);
  // The last class of scenes is that of none.
  return boxes === undefined ? classes - 1 : classes - 2;
}
