import { BaseError } from "../../protocol/BaseError.ts";
import { BOX_FIELDS } from "../detection/sampleBoxes.ts";

/**
 * Labelled samples in memory. Rows are in the order in which they were
 * collected: the last row is the newest.
 *
 * @example
 * const twoPixels: Dataset = {
 *   features: Uint8Array.of(0, 255, 255, 0), // two samples of two features
 *   sampleShape: [2],
 *   scale: 1 / 255,
 *   labels: Uint8Array.of(1, 0),
 *   classes: 2,
 * };
 */
export interface Dataset {
  /** Shape [n, d], row-major: n samples of d raw features. */
  readonly features: Uint8Array | Float32Array;
  /** The shape of one sample, for example [28, 28]; its product is d. */
  readonly sampleShape: readonly number[];
  /** A model sees raw feature × scale (1/255 for bytes). */
  readonly scale: number;
  /** Shape [n]: the class of each sample, in [0, classes), as bytes; with `classes` 0 its real target, as float32. */
  readonly labels: Uint8Array | Float32Array;
  /** The number of classes, 1 to 256; 0 when the labels are real targets (regression). */
  readonly classes: number;
  /** Shape [n], where known: the natural client that each sample comes from, below 2^31 (a writer, an engine, a series). */
  readonly clients?: Uint32Array | undefined;
  /**
   * Shape [n, k, 5], of scenes with objects to find: up to k objects a sample, each
   * left, top, right, bottom in pixels and category; −1 in what a sample has fewer. A
   * scene's label is then the category of its largest object, and the last class, one
   * more than there are categories, that of a scene without any.
   */
  readonly boxes?: Float32Array | undefined;
  /**
   * Where columns have names: the features of each, as indices into one row-major sample. A column of texts has one for
   * each of its values, a sensor one for each cycle of a window. Not stored with the samples.
   */
  readonly columns?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** The number d of features of one sample. */
export function featureCount(dataset: Pick<Dataset, "sampleShape">): number {
  return dataset.sampleShape.reduce((product, length) => product * length, 1);
}

/**
 * Checks that the parts of a dataset agree with one another.
 *
 * @throws BaseError `DATASET_SHAPE`, `DATASET_SCALE`, `DATASET_CLASSES`,
 * `DATASET_LABEL`, `DATASET_FEATURE` (NaN or infinity), `DATASET_CLIENT` or `DATASET_BOX`.
 */
export function assertDataset(dataset: Dataset): void {
  const { features, sampleShape, scale, labels, clients } = dataset;
  if (
    sampleShape.length === 0 ||
    !sampleShape.every((length) => Number.isSafeInteger(length) && length > 0)
  ) {
    throw new BaseError(
      "DATASET_SHAPE",
      `The sample shape [${sampleShape}] is not a list of positive whole numbers.`,
    );
  }
  const expected = labels.length * featureCount(dataset);
  if (features.length !== expected) {
    throw new BaseError("DATASET_SHAPE", "A dataset's features and labels disagree.", {
      details: `${labels.length} labels of samples [${sampleShape}] need ${expected} features, there are ${features.length}.`,
    });
  }
  if (!Number.isFinite(scale) || scale <= 0) {
    throw new BaseError("DATASET_SCALE", `The feature scale ${scale} is not a positive number.`);
  }
  assertLabels(dataset);
  if (features instanceof Float32Array) {
    const wrongFeature = features.findIndex((feature) => !Number.isFinite(feature));
    if (wrongFeature !== -1) {
      throw new BaseError(
        "DATASET_FEATURE",
        `Feature ${wrongFeature} of the dataset is ${features[wrongFeature]}.`,
      );
    }
  }
  if (clients !== undefined) assertClients(clients, labels.length);
  if (dataset.boxes !== undefined) assertBoxes(dataset, dataset.boxes);
}

function assertLabels({ labels, classes }: Dataset): void {
  if (!Number.isInteger(classes) || classes < 0 || classes > 256) {
    throw new BaseError(
      "DATASET_CLASSES",
      `A dataset has 1 to 256 classes, or 0 for real targets, not ${classes}.`,
    );
  }
  if (labels instanceof Float32Array !== (classes === 0)) {
    throw new BaseError("DATASET_LABEL", "The kind of labels does not fit the number of classes.", {
      details: `Labels of ${classes} classes are ${classes === 0 ? "real targets in float32" : "bytes"}.`,
    });
  }
  if (labels instanceof Float32Array) {
    const wrongTarget = labels.findIndex((target) => !Number.isFinite(target));
    if (wrongTarget === -1) return;
    throw new BaseError("DATASET_LABEL", `Sample ${wrongTarget} has the target ${labels[wrongTarget]}.`);
  }
  const wrongLabel = labels.findIndex((label) => label >= classes);
  if (wrongLabel !== -1) {
    throw new BaseError(
      "DATASET_LABEL",
      `Sample ${wrongLabel} has label ${labels[wrongLabel]} of ${classes} classes.`,
    );
  }
}

function assertClients(clients: Uint32Array, samples: number): void {
  if (clients.length !== samples) {
    throw new BaseError(
      "DATASET_CLIENT",
      `A dataset of ${samples} samples names the clients of ${clients.length}.`,
    );
  }
  const wrong = clients.findIndex((client) => client >= 2 ** 31);
  if (wrong !== -1) {
    throw new BaseError("DATASET_CLIENT", `Sample ${wrong} is of client ${clients[wrong]}, above 2^31 − 1.`);
  }
}

function assertBoxes({ labels, sampleShape, classes }: Dataset, boxes: Float32Array): void {
  const [height, width, ...others] = sampleShape;
  if (height === undefined || width === undefined || others.length !== 1) {
    throw new BaseError("DATASET_BOX", `Boxes are of images, not of samples [${sampleShape}].`);
  }
  const rows = boxes.length / BOX_FIELDS / Math.max(1, labels.length);
  if (!Number.isInteger(rows) || (labels.length === 0 && rows > 0)) {
    throw new BaseError("DATASET_BOX", "A dataset's boxes and labels disagree.", {
      details: `${boxes.length} numbers cannot be as many boxes of ${BOX_FIELDS} for each of ${labels.length} samples.`,
    });
  }
  for (let at = 0; at < boxes.length; at += BOX_FIELDS) {
    const [left, top, right, bottom, category] = boxes.subarray(at, at + BOX_FIELDS) as unknown as number[];
    if (category === -1) continue;
    const isWithin =
      0 <= left! && left! < right! && right! <= width && 0 <= top! && top! < bottom! && bottom! <= height;
    if (isWithin && Number.isInteger(category) && category! >= 0 && category! < classes - 1) continue;
    throw new BaseError(
      "DATASET_BOX",
      `Sample ${Math.floor(at / BOX_FIELDS / rows)} has a box that cannot be.`,
      {
        details: `From ${left}, ${top} to ${right}, ${bottom}, of category ${category}; images are ${width} × ${height}, categories below ${classes - 1}.`,
      },
    );
  }
}
