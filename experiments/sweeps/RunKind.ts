import type { z } from "zod";
import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import type { DatasetSpec } from "../../learning/datasets/DatasetSpec.ts";
import type { CheckpointPlace } from "../../simulation/federated/CheckpointPlace.ts";
import type { FederationPool } from "../../simulation/federated/FederationPool.ts";
import type { Metric } from "../learning/LearningResult.ts";

/** What one run found. Numbers that are none, such as the loss of a model that came apart, are null. */
export interface RunOutcome {
  /** By the names of the kind's metrics; one that means nothing in this run is left out. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** By the names of the kind's curves: a number a point, with what it is over. */
  readonly curves: Readonly<Record<string, RunCurve>>;
  /** Digest of the data that it learned from and was judged by; runs of a sweep that differ in it cannot be compared. */
  readonly data: string;
  /** What became of clients that are alike, where a kind has such; at most a few dozen. */
  readonly groups?: readonly RunGroup[] | undefined;
  /** Whatever else the kind tells of a run, as JSON: a few lines. */
  readonly more?: unknown;
  /** All of a run, as JSON: kept in its file, and not in memory. */
  readonly record?: unknown;
}

/** Clients that are alike. Amounts are tokens, for tables and charts: what is paid is in the run's record, in wei. */
export interface RunGroup {
  readonly group: string;
  readonly clients: number;
  /** Share of them that took part. */
  readonly enrolled: number;
  /** Updates a client that rounds took. */
  readonly accepted: number;
  /** Means over all of the group, 0 of who stayed away. */
  readonly pay: number;
  readonly cost: number;
  readonly utility: number;
}

/** Points of a run. */
export interface RunCurve {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** A figure of a run that is shown and compared. */
export interface RunMetric extends Metric {
  /** Which is better; a claim is worded by it. */
  readonly better: "greater" | "less";
  /** Whether settings are tested against each other by it. */
  readonly isClaimed: boolean;
  /** Of a difference, e.g. "points". */
  readonly unit: string;
}

/** A line that each run gives. */
export interface CurveDefinition {
  readonly name: string;
  readonly label: string;
  readonly factor: number;
  readonly x: { readonly name: string; readonly label: string };
}

/** A figure of a setting that is drawn against another. */
export interface ComparedFigure {
  readonly name: string;
  /** As a title begins. */
  readonly what: string;
  /** Of its axis. */
  readonly label: string;
  /** Where that ends at the latest; across, it begins at the least. */
  readonly bounds?: { readonly least?: number; readonly most?: number };
  /** Of a run's metrics, in the axis' unit; NaN where they don't tell. */
  readonly of: (metrics: Readonly<Record<string, number>>) => number;
}

/** What runs compute with. */
export interface RunTools {
  readonly pool: FederationPool;
  /** In memory that threads share. @throws BaseError `DATA_MISSING` when the data set's files are not there. */
  readonly load: (dataset: DatasetSpec) => Promise<TrainAndTest>;
  /** Digest of what `load` gave. */
  readonly digestOfData: (dataset: DatasetSpec) => Promise<string>;
  /** Told which share of the run is over, 0 to 1. */
  readonly progress: (share: number) => void;
  /** Where the run's rounds are saved, and from where it goes on; nothing is saved unless given. */
  readonly checkpoint: CheckpointPlace | undefined;
  /** Told which share of the run is over when it goes on from a checkpoint. */
  readonly resumed: (share: number) => void;
}

/** A kind of runs that a sweep may have. */
export interface RunKind<Schema extends z.ZodType = z.ZodType> {
  /** As sweeps name it. */
  readonly kind: string;
  readonly about: string;
  /** Changes when the same setting would no longer give the same numbers. */
  readonly version: number;
  /** Of a setting, without its seed; bounds every number. */
  readonly schema: Schema;
  readonly metrics: readonly RunMetric[];
  readonly curves: readonly CurveDefinition[];
  /** Figures that are drawn against one of what they cost; none unless given. */
  readonly comparisons?: { readonly x: ComparedFigure; readonly y: readonly ComparedFigure[] };
  /** The data set that a setting is about. */
  readonly dataset: (setting: z.infer<Schema>) => DatasetSpec;
  /** What a run comes to: passes of clients over their data at the most, and points of its curves. */
  readonly size: (setting: z.infer<Schema>) => { readonly passes: number; readonly points: number };
  /**
   * The same setting and seed give the same outcome, on any number of threads, and however often the run was stopped and
   * went on. Throws what `load` and learning do.
   */
  run(setting: z.infer<Schema>, seed: number, tools: RunTools): Promise<RunOutcome>;
}

/** Infers the schema's type for a kind. */
export function defineRunKind<Schema extends z.ZodType>(kind: RunKind<Schema>): RunKind<Schema> {
  return kind;
}
