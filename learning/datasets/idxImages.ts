import { BaseError } from "../../protocol/BaseError.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import type { TrainAndTest } from "./DatasetKind.ts";
import { type IdxArray, parseIdx } from "./idx.ts";
import type { OwnSamples } from "./OwnSamples.ts";
import { numberedNames, type ReadFile, type SampleReader } from "./SampleReader.ts";

/** The names of the four files of MNIST, and of the data sets made in its form, as published. */
export const IDX_IMAGE_FILES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

/** Rows and columns of an image. */
const SAMPLE_SHAPE = "28,28";

/**
 * Loads a data set in the form of MNIST: grey images of ten classes, one file of
 * images and one of labels to train on and to test with.
 *
 * @throws BaseError `IDX_IMAGES` when images and labels do not fit, and the
 * errors of `parseIdx` and `assertDataset`.
 */
export async function loadIdxImages(read: ReadFile): Promise<TrainAndTest> {
  return {
    train: await loadPart(read, ...filesOf("train")),
    test: await loadPart(read, ...filesOf("test")),
  };
}

/** A part on its own: images and labels under the names of its side. */
export const ownIdxImages: OwnSamples<unknown> = {
  files: (_spec, side) => filesOf(side),
  load: async (_spec, side, { read }) => loadPart(read, ...filesOf(side)),
};

function filesOf(side: "train" | "test"): [images: string, labels: string] {
  const { trainImages, trainLabels, testImages, testLabels } = IDX_IMAGE_FILES;
  return side === "train" ? [trainImages, trainLabels] : [testImages, testLabels];
}

/** Reads grey images in the form of MNIST's, with a file of labels or without. */
export const idxImageReader: SampleReader<unknown> = {
  accepts: "an IDX file of images [n, 28, 28]",
  labels: "an IDX file of labels [n]",
  scale: 1 / 255,
  steps: () => ["A pixel is a byte, 0 for the background; the model sees it divided by 255."],

  async read(_spec, { name, bytes, labels }) {
    const { shape } = parseIdx(bytes);
    if (labels === undefined && shape.slice(1).join() !== SAMPLE_SHAPE) {
      throw new BaseError("IDX_IMAGES", `${name} has no images of 28 × 28.`, {
        details: `It has shape [${shape}].`,
      });
    }
    const unknown = new Uint8Array(shape[0]!);
    const known = labels && parseIdx(labels.bytes);
    const dataset = partOf(
      name,
      bytes,
      labels?.name ?? "",
      known ?? { shape: [unknown.length], data: unknown },
    );
    return { dataset, isLabelled: known !== undefined, names: numberedNames("image", unknown.length) };
  },
};

async function loadPart(read: ReadFile, imagesName: string, labelsName: string): Promise<Dataset> {
  return partOf(imagesName, await read(imagesName), labelsName, parseIdx(await read(labelsName)));
}

function partOf(imagesName: string, bytes: Uint8Array, labelsName: string, labels: IdxArray): Dataset {
  const images = parseIdx(bytes);
  const [count, ...sampleShape] = images.shape;
  if (sampleShape.join() !== SAMPLE_SHAPE || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new BaseError("IDX_IMAGES", `${imagesName} and ${labelsName} do not belong together.`, {
      details: `Images have shape [${images.shape}], labels [${labels.shape}]; wanted are [n, 28, 28] and [n].`,
    });
  }
  const dataset = { features: images.data, sampleShape, scale: 1 / 255, labels: labels.data, classes: 10 };
  assertDataset(dataset);
  return dataset;
}
