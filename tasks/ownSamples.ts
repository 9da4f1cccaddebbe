import type { Dataset } from "../learning/datasets/Dataset.ts";
import { type DatasetSpec, datasetKindOf } from "../learning/datasets/DatasetSpec.ts";
import type { Side } from "../learning/datasets/OwnSamples.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { DataFolder } from "../storage/DataFolder.ts";

/**
 * The samples in a directory of somebody's own: a device's, or those that aggregators hold out. Whose each is, is not
 * told.
 *
 * @param path - Directory with the files, under the names that the data set gives them.
 * @param side - For what they serve.
 * @throws BaseError `DATA_MISSING`, naming files that are not there; `DATASET_EMPTY`; and the errors of `OwnSamples`.
 *
 * @example
 * const readings = await ownSamples(spec.dataset, "/srv/pump-7", "train");
 */
export async function ownSamples(dataset: DatasetSpec, path: string, side: Side): Promise<Dataset> {
  const { own } = datasetKindOf(dataset);
  const folder = new DataFolder(path, undefined);
  await folder.require(own.files(dataset as never, side));
  const samples = await own.load(dataset as never, side, {
    read: (file) => folder.read(file),
    present: (files) => folder.present(files),
  });
  if (samples.labels.length === 0) {
    throw new BaseError("DATASET_EMPTY", `There is no sample in ${path}.`, {
      details: `Its files were read as ${JSON.stringify(dataset)} says.`,
      next: "See that they hold what the task's dataset describes; docs/data.md says how each kind is read.",
    });
  }
  return { ...samples, clients: undefined };
}
