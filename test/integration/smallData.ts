import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { heldOutData, trainingData } from "../../scripts/trainingData.ts";

const first = (dataset: Dataset, count: number) =>
  selectSamples(
    dataset,
    Array.from({ length: count }, (_, row) => row),
  );

/** The first MNIST training images. */
export async function smallTrainingData(): Promise<Dataset> {
  return first(await trainingData("mnist"), 600);
}

/** The first MNIST test images. */
export async function smallHeldOutData(): Promise<Dataset> {
  return first(await heldOutData(), 200);
}
