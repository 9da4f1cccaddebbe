import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../learning/datasets/DatasetKind.ts";
import type { DatasetSpec } from "../learning/datasets/DatasetSpec.ts";
import type { LearningTask } from "../learning/federated/LearningTask.ts";
import type { EvaluateResult } from "../learning/training/summarizeEvaluation.ts";

/** A synchronous federation of which a figure needs the scores round by round. */
export interface Federation {
  readonly task: LearningTask;
  readonly rounds: number;
  /** Who trains, each on what it has in a round, from 0. */
  readonly workers: readonly { readonly name: string; readonly dataFor: (round: number) => Dataset }[];
  /** `samples`: updates count by the samples they were trained on; `equal`: all alike. */
  readonly weights: "samples" | "equal";
  /** What the global model is evaluated on after every round. */
  readonly test: Dataset;
  /** Ends it after the first round whose score is at least this, in [0, 1]; after `rounds` unless given. */
  readonly target?: number;
}

/** How a federation did. */
export interface FederationScores {
  /** Of the model that it begins with. */
  readonly untrained: EvaluateResult;
  /** After each of its rounds. */
  readonly rounds: readonly EvaluateResult[];
}

/** What figures compute with that train models for real. Those that do not leave it alone. */
export interface FigureLaboratory {
  /** @throws BaseError `DATA_MISSING` when the data set's files are not there. */
  load(dataset: DatasetSpec): Promise<TrainAndTest>;
  /** Runs a federation to its end. */
  federate(federation: Federation): Promise<FederationScores>;
  /** Told what is under way. */
  progress(text: string): void;
}
