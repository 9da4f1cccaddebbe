import { BaseError } from "../../protocol/BaseError.ts";
import type { CsvTable } from "./csvTable.ts";
import type { Dataset } from "./Dataset.ts";
import type { ReadFile } from "./SampleReader.ts";

/** A side of a data set: what is learned from, or what is held out to evaluate with. */
export type Side = "train" | "test";

/** The files of one who has a part of a data set, and nothing else of it. */
export interface OwnFiles {
  readonly read: ReadFile;
  /** Those that are there, of some; where there is none, it throws and names them. */
  present(files: readonly string[]): Promise<readonly string[]>;
}

/**
 * How samples are made of a part of a data set that is on its own: a device's, all of which it learns from, or what is
 * held out. Files are as those of the whole, with the part's content; files of the other side need not be there. What
 * the whole is standardised by has to be stated in the specification.
 */
export interface OwnSamples<Spec> {
  /** The files that must be there. */
  files(spec: Spec, side: Side): readonly string[];
  /**
   * @throws BaseError `STATISTICS_UNSTATED`, and as `DatasetKind.load` naming file, row and column of what cannot be
   * read.
   */
  load(spec: Spec, side: Side, files: OwnFiles): Promise<Dataset>;
  /** How rows that come one by one become samples; absent where samples are not made of rows. */
  readonly rows?: OwnRows<Spec>;
  /** How files that come one by one become samples; absent where a file alone makes none. */
  readonly arriving?: ArrivingFiles<Spec>;
}

/** How samples are made of single rows. */
export interface OwnRows<Spec> {
  /** What parts their columns. */
  separator(spec: Spec): string;
  /** The columns in their order, where rows come without a header. */
  columns(spec: Spec): readonly string[];
  /**
   * A sample for each row, none for none.
   *
   * @param source - What the rows come from, for people.
   * @throws BaseError `STATISTICS_UNSTATED`, `CSV_HEADER` and `DATA_VALUE`, naming row and column.
   */
  read(spec: Spec, source: string, table: CsvTable): Dataset;
}

/** How samples are made of files that hold some each. */
export interface ArrivingFiles<Spec> {
  /** Which files, for people. */
  readonly accepts: string;
  /** Whether a file is one, by its path in the folder with slashes; others are passed over. */
  isOne(path: string): boolean;
  /** @throws BaseError naming file, row and column of what cannot be read. */
  read(spec: Spec, path: string, bytes: Uint8Array): Dataset;
  /** No samples, of their kind. */
  none(spec: Spec): Dataset;
}

/** The error of a part of a data set whose whole is standardised by nobody knows what. */
export function statisticsUnstated(kind: string): BaseError {
  return new BaseError(
    "STATISTICS_UNSTATED",
    `The task does not state what the samples of ${kind} are standardised by.`,
    {
      details:
        "Means and deviations are those of a whole data set, of which a device, or who holds data out, has a part only.",
      next: "State them in the task's dataset.statistics: of data that somebody has as a whole, freshet task statistics prints them.",
    },
  );
}
