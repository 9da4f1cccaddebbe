import type { LabelledBox } from "./Detection.ts";

/** Numbers of a row of a data set's `boxes`: left, top, right, bottom, category. */
export const BOX_FIELDS = 5;

/** The boxes of one sample; `boxes` and `samples` are those of the data set. */
export function boxesOfSample(boxes: Float32Array, samples: number, row: number): LabelledBox[] {
  const width = boxes.length / samples;
  const found: LabelledBox[] = [];
  for (let at = row * width; at < (row + 1) * width && boxes[at + 4]! >= 0; at += BOX_FIELDS) {
    const [left, top, right, bottom, category] = boxes.subarray(at, at + BOX_FIELDS) as unknown as number[];
    found.push({
      box: { left: left!, top: top!, right: right!, bottom: bottom! },
      category: category!,
    });
  }
  return found;
}

/** Boxes in the form of a data set's `boxes`: as many rows a sample as the fullest has, −1 where it has none. */
export function packBoxes(samples: readonly (readonly LabelledBox[])[]): Float32Array {
  const most = samples.reduce((largest, { length }) => Math.max(largest, length), 1);
  const packed = new Float32Array(samples.length * most * BOX_FIELDS).fill(-1);
  for (const [row, boxes] of samples.entries()) {
    for (const [at, { box, category }] of boxes.entries()) {
      packed.set([box.left, box.top, box.right, box.bottom, category], (row * most + at) * BOX_FIELDS);
    }
  }
  return packed;
}
