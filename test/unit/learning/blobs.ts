import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";

/** A small problem that can be learned: 12 features, one noisy corner of the cube for each of three classes. */
export function blobs(samples: number, random: RandomSource): Dataset {
  const features = new Uint8Array(samples * 12);
  const labels = new Uint8Array(samples);
  for (let row = 0; row < samples; row++) {
    const label = random.integer(3);
    labels[row] = label;
    for (let column = 0; column < 12; column++) {
      features[row * 12 + column] = (column % 3 === label ? 120 : 0) + random.integer(136);
    }
  }
  return { features, sampleShape: [3, 4], scale: 1 / 255, labels, classes: 3 };
}
