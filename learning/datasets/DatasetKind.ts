import type { Dataset } from "./Dataset.ts";

/** Reads one of a data set's files, uncompressed, by its name within the data set's folder. */
export type ReadFile = (fileName: string) => Promise<Uint8Array>;

/** A data set as its publisher split it: to learn from, and held out to evaluate with. */
export interface TrainAndTest {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** What a data set's specification alone tells of its samples: a model is checked against it. */
export interface DatasetShape {
  readonly sampleShape: readonly number[];
  /** As in `Dataset`: 0 for real targets. */
  readonly classes: number;
  /** What a natural client is, for example "engine"; undefined when the samples don't tell. */
  readonly client?: string | undefined;
}

/** One kind of data set that a task may name; adding one is one file and one line in `datasetKindOf`. */
export interface DatasetKind<Spec> {
  /** The data set's name and publisher, for someone who has to get the files. */
  readonly source: string;
  /** The files that are read first of all, to say at once which are missing. */
  files(spec: Spec): readonly string[];
  shape(spec: Spec): DatasetShape;
  /** @throws BaseError naming file, row and column of what cannot be read. */
  load(spec: Spec, read: ReadFile): Promise<TrainAndTest>;
}
