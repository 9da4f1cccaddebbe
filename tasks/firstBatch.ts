import { type Dataset, featureCount } from "../learning/datasets/Dataset.ts";
import { decodeDataset } from "../learning/datasets/datasetCodec.ts";
import { modelDataMismatch } from "../learning/models/modelDataMismatch.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** Most bytes and samples of a batch that workers are scored by: some 21,000 images of MNIST. */
const MOST_BYTES = 2 ** 24;
const MOST_SAMPLES = 2 ** 16;
/** What the first batches of all of a task's workers may take of an aggregator's disk, bytes (8 GiB). */
const MOST_BYTES_OF_ALL = 2 ** 33;
/** More than a batch's file has beside its samples, bytes. */
const HEADER_BYTES = 1024;

/** The largest file of a first batch that workers of a task are scored by, bytes; with many workers it is smaller. */
export function mostBatchBytes({
  maxWorkers,
  subchains,
}: Pick<TaskTerms, "maxWorkers" | "subchains">): number {
  return Math.min(MOST_BYTES, Math.floor(MOST_BYTES_OF_ALL / (maxWorkers * subchains.length)));
}

/** How many of a device's samples fit into such a batch; at least one is tried. */
export function samplesInBatch(
  { features, sampleShape, labels, clients, boxes }: Dataset,
  mostBytes: number,
): number {
  const boxBytes = boxes === undefined ? 0 : (4 * boxes.length) / Math.max(1, labels.length);
  const sampleBytes =
    featureCount({ sampleShape }) * features.BYTES_PER_ELEMENT +
    labels.BYTES_PER_ELEMENT +
    (clients === undefined ? 0 : 4) +
    Math.ceil(boxBytes);
  return Math.max(1, Math.min(MOST_SAMPLES, Math.floor((mostBytes - HEADER_BYTES) / sampleBytes)));
}

/**
 * Reads a worker's first batch, which may be any bytes. It depends on them, the specification and the held-out data
 * alone, so that all who score come to the same.
 *
 * @param heldOut - Of the task: a batch has to be of the same kind.
 * @returns undefined when it is no batch of the task's data: damaged, empty, too many samples, a label of no class,
 * another scale, kind of numbers or shape than the task's model takes.
 */
export function readFirstBatch(
  bytes: Uint8Array,
  { model }: Pick<TaskSpec, "model">,
  heldOut: Dataset,
): Dataset | undefined {
  const batch = decoded(bytes);
  if (batch === undefined) return undefined;
  const { length } = batch.labels;
  const isOfItsKind =
    batch.classes === heldOut.classes &&
    batch.scale === heldOut.scale &&
    batch.features instanceof Uint8Array === heldOut.features instanceof Uint8Array &&
    (batch.boxes === undefined) === (heldOut.boxes === undefined) &&
    // A detector takes images of any size; one of larger ones would take memory that nobody counted on.
    featureCount(batch) <= featureCount(heldOut);
  if (!isOfItsKind || length === 0 || length > MOST_SAMPLES) return undefined;
  return modelDataMismatch(model, batch) === undefined ? batch : undefined;
}

function decoded(bytes: Uint8Array): Dataset | undefined {
  try {
    return decodeDataset(bytes);
  } catch (error) {
    if (error instanceof BaseError) return undefined;
    throw error;
  }
}
