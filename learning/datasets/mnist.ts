import { BaseError } from "../../protocol/BaseError.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import { parseIdx } from "./idx.ts";

/** The names of MNIST's four files, as published. */
export const MNIST_FILES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

/** MNIST: 60,000 images to train on and 10,000 to test with, 28 × 28 bytes each, ten digits. */
export interface Mnist {
  readonly train: Dataset;
  readonly test: Dataset;
}

/**
 * Loads MNIST (LeCun, Bottou, Bengio, Haffner, 1998) from its IDX files.
 *
 * @param read - Reads one of {@link MNIST_FILES} (uncompressed).
 * @throws BaseError `MNIST_SHAPE` when images and labels do not fit, and the
 * errors of `parseIdx` and `assertDataset`.
 *
 * @example
 * const { train, test } = await loadMnist(readMnistFile);
 */
export async function loadMnist(read: (fileName: string) => Promise<Uint8Array>): Promise<Mnist> {
  return {
    train: await loadPart(read, MNIST_FILES.trainImages, MNIST_FILES.trainLabels),
    test: await loadPart(read, MNIST_FILES.testImages, MNIST_FILES.testLabels),
  };
}

async function loadPart(
  read: (fileName: string) => Promise<Uint8Array>,
  imagesName: string,
  labelsName: string,
): Promise<Dataset> {
  const images = parseIdx(await read(imagesName));
  const labels = parseIdx(await read(labelsName));
  const [count, ...sampleShape] = images.shape;
  if (sampleShape.length !== 2 || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new BaseError("MNIST_SHAPE", `${imagesName} and ${labelsName} do not belong together.`, {
      details: `Images have shape [${images.shape}], labels [${labels.shape}].`,
    });
  }
  const dataset = { features: images.data, sampleShape, scale: 1 / 255, labels: labels.data, classes: 10 };
  assertDataset(dataset);
  return dataset;
}
