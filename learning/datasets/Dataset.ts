import { BaseError } from "../../protocol/BaseError.ts";

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
  /** Shape [n]: the class of each sample, in [0, classes). */
  readonly labels: Uint8Array;
  /** The number of classes, 1 to 256. */
  readonly classes: number;
}

/** The number d of features of one sample. */
export function featureCount(dataset: Pick<Dataset, "sampleShape">): number {
  return dataset.sampleShape.reduce((product, length) => product * length, 1);
}

/**
 * Checks that the parts of a dataset agree with one another.
 *
 * @throws BaseError `DATASET_SHAPE`, `DATASET_SCALE`, `DATASET_CLASSES`,
 * `DATASET_LABEL` or `DATASET_FEATURE` (NaN or infinity).
 */
export function assertDataset(dataset: Dataset): void {
  const { features, sampleShape, scale, labels, classes } = dataset;
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
  if (!Number.isInteger(classes) || classes < 1 || classes > 256) {
    throw new BaseError("DATASET_CLASSES", `A dataset has 1 to 256 classes, not ${classes}.`);
  }
  const wrongLabel = labels.findIndex((label) => label >= classes);
  if (wrongLabel !== -1) {
    throw new BaseError(
      "DATASET_LABEL",
      `Sample ${wrongLabel} has label ${labels[wrongLabel]} of ${classes} classes.`,
    );
  }
  if (features instanceof Float32Array) {
    const wrongFeature = features.findIndex((feature) => !Number.isFinite(feature));
    if (wrongFeature !== -1) {
      throw new BaseError(
        "DATASET_FEATURE",
        `Feature ${wrongFeature} of the dataset is ${features[wrongFeature]}.`,
      );
    }
  }
}
