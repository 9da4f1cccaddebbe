import { z } from "zod";
import type { Dataset } from "./Dataset.ts";

/** Reads one of a data set's files, uncompressed, by its name within the data set's folder. */
export type ReadFile = (fileName: string) => Promise<Uint8Array>;

/** The schema of {@link Statistics}. */
export const statisticsSchema = z.record(
  z.string(),
  z.array(z.strictObject({ mean: z.number(), deviation: z.number().min(0) })),
);

/**
 * What the making of a sample takes from the data that were learned from: means and
 * deviations, by names that the data set's kind gives.
 */
export type Statistics = z.infer<typeof statisticsSchema>;

/**
 * Statistics that a specification states, for those who have a part of the data: then nobody computes them.
 *
 * @param which - Which means and deviations, for people.
 */
export function statedStatisticsSchema(which: string) {
  return statisticsSchema
    .optional()
    .describe(
      `Means and deviations that samples are standardised by: ${which}. Those of the whole data set unless given; needed where devices or aggregators have files of their own.`,
    );
}

/** A file with samples that nobody learned from. */
export interface SampleFile {
  /** Its path, as it was named. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** A file with the labels of its samples, where they are apart and known. */
  readonly labels?: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  /** Reads a file in its folder. */
  readonly beside: ReadFile;
}

/** Samples of a file. */
export interface FoundSamples {
  /** Its labels mean nothing where they are not known. */
  readonly dataset: Dataset;
  /** Whether the file, or the one beside it, tells the labels. */
  readonly isLabelled: boolean;
  /** What each sample is called. */
  readonly names: readonly string[];
}

/** How samples of a kind of data set are made of files that its training knew nothing of. */
export interface SampleReader<Spec> {
  /** Which files it takes, for people. */
  readonly accepts: string;
  /** Which files have their labels apart, for people; absent where labels are in the file itself. */
  readonly labels?: string;
  /** What raw features are multiplied by, as in `Dataset`. */
  readonly scale: number;
  /** What becomes of a file before a model sees it, a sentence each. */
  steps(spec: Spec): readonly string[];
  /** Names of the classes, or of a detector's categories; their numbers unless given. */
  classNames?(spec: Spec): readonly string[] | undefined;
  /** What has to be added to a prediction of a real target; 0 unless given. */
  targetOffset?(spec: Spec): number;
  /** The statistics that `read` needs, from the files that were learned from; absent where it needs none. */
  statistics?(spec: Spec, read: ReadFile): Promise<Statistics>;
  /** @throws BaseError naming file, row and column of what cannot be read. */
  read(spec: Spec, file: SampleFile, statistics: Statistics): Promise<FoundSamples>;
}

/** 1, 2, … count, each after a word. */
export function numberedNames(word: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${word} ${at + 1}`);
}
