import type { LineChart } from "../lineChart.ts";

/** What an experiment found. */
export interface LearningResult {
  /** As the command line names it. */
  readonly id: string;
  readonly title: string;
  /** All that the numbers follow from, a sentence each. */
  readonly setting: readonly string[];
  readonly seeds: readonly number[];
  /** What tells the rows apart, such as `strategy`. */
  readonly keys: readonly string[];
  readonly metrics: readonly Metric[];
  readonly rows: readonly Row[];
  readonly claims: readonly TestedClaim[];
  readonly charts: readonly LineChart[];
}

/** A figure that each run gives. */
export interface Metric {
  /** Of the column in files. */
  readonly name: string;
  /** Of the column for people, with the unit. */
  readonly label: string;
  /** What a value is multiplied by to be in that unit, e.g. 100 for %. */
  readonly factor: number;
  /** Decimals shown. */
  readonly digits: number;
}

/** What one setting gave. */
export interface Row {
  /** One a key of the table. */
  readonly keys: readonly string[];
  /** By metric, one value a seed, or one in all where no seed matters; a metric that means nothing here is left out. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** A statement put to the test: `yes` and `no` only when all seeds say so. */
export interface TestedClaim {
  readonly claim: string;
  readonly holds: "yes" | "no" | "undecided";
  readonly measured: string;
}
