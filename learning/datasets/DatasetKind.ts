import type { z } from "zod";
import type { Dataset } from "./Dataset.ts";
import type { OwnSamples } from "./OwnSamples.ts";
import type { ReadFile, SampleReader } from "./SampleReader.ts";

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
  /** Whether samples are images with boxes of objects to find; false unless given. */
  readonly hasBoxes?: boolean | undefined;
}

/** The schema of a kind's specs: `kind`, a literal, and how its samples are made. */
export type DatasetKindSchema = z.ZodObject<{ kind: z.ZodLiteral<string> }>;

/** A kind of data set that a task may name: one file, and one line in `DATASET_KINDS`. */
export interface DatasetKind<Schema extends DatasetKindSchema = DatasetKindSchema> {
  readonly schema: Schema;
  /** The data set's name and publisher, for someone who has to get the files. */
  readonly source: string;
  /** Whether everybody has files of their own of it, where a published data set has the same for all. */
  readonly isAnybodys?: boolean;
  /** The files that are read first of all, to say at once which are missing. */
  files(spec: z.infer<Schema>): readonly string[];
  shape(spec: z.infer<Schema>): DatasetShape;
  /** @throws BaseError naming file, row and column of what cannot be read. */
  load(spec: z.infer<Schema>, read: ReadFile): Promise<TrainAndTest>;
  /** Makes samples of a part of the data that is on its own: a device's, or what is held out. */
  readonly own: OwnSamples<z.infer<Schema>>;
  /** Makes samples of other files, for a trained model to predict. */
  readonly reader: SampleReader<z.infer<Schema>>;
}

/** Infers the schema's type for a kind. */
export function defineDatasetKind<Schema extends DatasetKindSchema>(
  kind: DatasetKind<Schema>,
): DatasetKind<Schema> {
  return kind;
}
