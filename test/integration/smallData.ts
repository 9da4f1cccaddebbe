import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { TaskData } from "../../tasks/TaskData.ts";

const mnist = { kind: "mnist", writers: false } as const;
const data = new TaskData("data");

const first = (dataset: Dataset, count: number) =>
  selectSamples(
    dataset,
    Array.from({ length: count }, (_, row) => row),
  );

/** The first MNIST training images. */
export async function smallTrainingData(): Promise<Dataset> {
  return first(await data.trainingData(mnist), 600);
}

/** The first MNIST test images. */
export async function smallHeldOutData(): Promise<Dataset> {
  return first(await data.heldOutData(mnist), 200);
}
