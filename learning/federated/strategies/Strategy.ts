import type { ModelSpec } from "../../models/ModelSpec.ts";
import type { ModelParameters } from "../../models/parameterShapes.ts";
import type { Correction } from "../../training/GradientCorrection.ts";
import type { GlobalModel, ServerState } from "../GlobalModel.ts";
import type { WorkerState } from "../WorkerState.ts";
import type { WeightedSum } from "../weightedSum.ts";

/** How a worker trains in a round. */
export interface FitInstructions {
  /** What is added to every gradient; nothing unless given. */
  readonly correction?: Correction;
}

/** A worker's training, as a strategy with control variates looks at it. */
export interface TrainedLocally {
  readonly spec: ModelSpec;
  /** What it was told. */
  readonly instructions: FitInstructions;
  /** Local − global, modified as the task asks: nothing that is sent may know more. Not compressed. */
  readonly delta: ModelParameters;
  /** K. */
  readonly steps: number;
  /** η of its plain SGD. */
  readonly learningRate: number;
}

/**
 * A worker's part in an aggregate. Its tensors are decompressed when they are asked
 * for, so that not all of all workers' are in memory at once.
 */
export interface FitResult {
  /** One tensor of local − global, fixed point in the global model's fraction bits. */
  readonly delta: (tensor: number) => Int32Array;
  /** One tensor of Δc_i, fixed point; there if the strategy sends control variates. */
  readonly control?: ((tensor: number) => Int32Array) | undefined;
  /** n_i, normally the number of samples trained on: a whole number ≥ 0. */
  readonly weight: number;
}

/** What became of one result: with what weight it moved the model, or why it was left out, in one sentence. */
export type Verdict =
  | { readonly taken: true; readonly weight: number }
  | { readonly taken: false; readonly why: string };

/** What a strategy's server makes of a round. */
export interface FitAggregate {
  /** The next global model. */
  readonly global: GlobalModel;
  /** In the order of the results. Who is left out is neither accepted nor paid for the round. */
  readonly verdicts: readonly Verdict[];
}

/** What the results of a round add up to, exactly; each tensor is given when it is asked for. */
export interface FitSums {
  /** |S|: of how many results. */
  readonly results: number;
  /** Σ n_i δ_i and Σ n_i of one tensor, fixed point in the global model's fraction bits. */
  readonly delta: (tensor: number) => WeightedSum;
  /** Σ n_i Δc_i and Σ n_i of one tensor; there if the strategy sends control variates. */
  readonly control?: ((tensor: number) => WeightedSum) | undefined;
}

/**
 * A strategy's server. One that takes all results as they are needs no more of them than their sums, which may be added
 * up as they come in and in many places; one that judges looks at each. Both throw `AGGREGATE_NO_UPDATES`,
 * `AGGREGATE_WEIGHT`, `AGGREGATE_SHAPE` and `AGGREGATE_STATE`.
 */
export type FitServer =
  | {
      readonly takes: "all";
      /** The next global model. */
      next(round: number, global: GlobalModel, sums: FitSums): GlobalModel;
    }
  | {
      readonly takes: "some";
      /** The next global model, and which results it was made of. */
      next(round: number, global: GlobalModel, results: readonly FitResult[]): FitAggregate;
    };

/** What to evaluate. */
export interface EvaluateInstructions {
  readonly parameters: ModelParameters;
}

/** An evaluation of one data set. */
export interface EvaluationResult {
  readonly samples: number;
  /** In [0, 1]. */
  readonly score: number;
  /** Further figures by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * A federated-learning strategy, with the seam where Flower's has it: what to
 * train and how to aggregate it, what to evaluate and how to sum that up. All
 * functions are pure: what the server remembers is in the global model, what a
 * worker remembers in its state, so anyone who has the files can go on or repeat
 * a round. They give the same bits on any machine and for any order of results:
 * exact integers, or float64 with + − × ÷ √ in a fixed order.
 */
export interface Strategy {
  /** Whether updates carry Δc_i and workers keep c_i. */
  readonly sendsControl: boolean;
  /** The state that round 0 starts from; `sizes` are the elements of each parameter tensor. */
  initialState(sizes: readonly number[]): ServerState;
  /** What a worker must do in this round. */
  configureFit(round: number, global: GlobalModel, worker: WorkerState): FitInstructions;
  /** What the worker's control variate should become, c_i⁺, by `parameterShapes`. Only if `sendsControl`. */
  nextControl?(trained: TrainedLocally): readonly Float64Array[];
  /** Makes the next global model of a round's results; `aggregateFit` calls it. */
  readonly server: FitServer;
  /** What is evaluated after the round. */
  configureEvaluate(round: number, global: GlobalModel): EvaluateInstructions;
  /**
   * What the evaluations of several data sets come to; those of no sample do not count.
   *
   * @throws BaseError `NOTHING_TO_SCORE` when none is of a sample.
   */
  aggregateEvaluate(round: number, results: readonly EvaluationResult[]): EvaluationResult;
}
