import type { RandomSource } from "../../numerics/RandomSource.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Dataset } from "../datasets/Dataset.ts";
import { type ModelParameters, parameterShapes } from "../models/parameterShapes.ts";
import type { TrainJob } from "../training/TrainJob.ts";
import type { TrainResult } from "../training/trainLocally.ts";
import { type Compressed, compress, decompress, tensorEncoding } from "./compression.ts";
import { fromFixedPoint } from "./fixedPoint.ts";
import type { GlobalModel } from "./GlobalModel.ts";
import type { LearningTask } from "./LearningTask.ts";
import { modificationOf } from "./modifications/modificationOf.ts";
import { modifiedDelta } from "./modifications/modifiedDelta.ts";
import { repeatableMismatch } from "./modifications/repeatableMismatch.ts";
import type { UpdateModification } from "./modifications/UpdateModification.ts";
import { moved } from "./moved.ts";
import { strategyOf } from "./strategies/strategyOf.ts";
import { strategyTrainingMismatch } from "./strategies/strategyTrainingMismatch.ts";
import type { UpdateFile } from "./UpdateFile.ts";
import { PLAIN_PASSES, type UpdatePasses } from "./UpdatePasses.ts";
import { encodeUpdate } from "./updateCodec.ts";
import { isRepeatable } from "./updateSpec.ts";
import type { WorkerState } from "./WorkerState.ts";
import { encodeWorkerState, workerStateOf } from "./workerStateCodec.ts";

/** What {@link fitRound} needs. */
export interface FitRoundParameters {
  readonly task: LearningTask;
  readonly round: number;
  /** The round's global model. */
  readonly global: GlobalModel;
  /** Its digest. */
  readonly base: string;
  /** The global model as training starts from it, `fromFixedPoint(global)`; computed unless given. */
  readonly start?: ModelParameters | undefined;
  /** What the worker's last accepted update left, with its digest; undefined before there is one. */
  readonly state?: { readonly digest: string; readonly state: WorkerState } | undefined;
  readonly dataset: Dataset;
  /** Digests of the batches that the dataset is made of, when they are in storage; recorded in the update. */
  readonly data?: readonly string[] | undefined;
  /** Done to what training changed, in order; those that the task names unless given. */
  readonly modifications?: readonly UpdateModification[] | undefined;
  /** Draws that only the worker knows: for modifications that need them, in tasks that are not repeatable. */
  readonly secret?: RandomSource | undefined;
  /** Names the worker's stream of random numbers. */
  readonly stream: readonly (string | number)[];
  /** Trains, e.g. on a pool's thread. The arrays that it gives are this function's, which changes them. */
  readonly train: (job: TrainJob) => Promise<TrainResult>;
  /** Written over: by the local model and what becomes of it, and by the update's file if it has room. New unless given. */
  readonly memory?: { readonly local: ModelParameters; readonly file: Uint8Array } | undefined;
  /** In JavaScript unless given. */
  readonly passes?: Pick<UpdatePasses, "subtract" | "largestBits"> | undefined;
  /** Content digest of bytes as storage computes it. */
  readonly digestOf: (bytes: Uint8Array) => Promise<string>;
}

/** A worker's part in a round. */
export interface FitRoundReturnType {
  /** The update's file. */
  readonly update: Uint8Array;
  /** The file of the worker's state after it, to be stored beside it; undefined when the task's workers have none. */
  readonly workerState: Uint8Array | undefined;
  /** How the training went. */
  readonly trained: Omit<TrainResult, "parameters">;
}

/**
 * The worker's side of a round: trains as the strategy configures it, modifies and
 * compresses what changed, and writes the update with all that is needed to repeat
 * it. The same arguments give the same bytes, so a restarted worker, an auditor and
 * an experiment call this one function.
 *
 * @throws BaseError `STRATEGY_TRAINING`, `UPDATE_REPEATABLE` when a modification draws
 * secrets that the task does not allow for, `UPDATE_SECRET`, `UPDATE_NOT_FINITE`,
 * `UPDATE_RANGE`, and the errors of `train` and `encodeUpdate`.
 *
 * @example
 * const { update, workerState } = await fitRound({
 *   task, round, global, base, dataset, stream: ["training", name, round],
 *   train: (job) => pool.train(job), digestOf,
 * });
 */
export async function fitRound(parameters: FitRoundParameters): Promise<FitRoundReturnType> {
  const { task, round, global, base, state, dataset, data, stream, train, digestOf } = parameters;
  const {
    model: spec,
    fractionBits,
    update: { encoding },
    numericClass,
    training,
    seed,
  } = task;
  const { modifications = (task.update.modifications ?? []).map(modificationOf), secret } = parameters;
  const strategy = strategyOf(task.strategy);
  const mismatch = strategyTrainingMismatch(task.strategy, training);
  if (mismatch !== undefined) throw new BaseError("STRATEGY_TRAINING", mismatch);
  const wrongMark = repeatableMismatch(isRepeatable(task.update), modifications);
  if (wrongMark !== undefined) throw new BaseError("UPDATE_REPEATABLE", wrongMark);
  const before = state?.state ?? {};
  const instructions = strategy.configureFit(round, global, before);
  const { start = fromFixedPoint(global), memory, passes = PLAIN_PASSES } = parameters;
  const { parameters: local, ...trained } = await train({
    spec,
    parameters: start,
    dataset,
    training,
    seed,
    stream,
    correction: instructions.correction,
    into: memory?.local,
  });

  // In place: new memory for every update would take longer than the subtraction.
  for (const [tensor, values] of local.entries()) passes.subtract(values, start[tensor]!);
  const change = modifiedDelta(local, {
    modifications,
    spec,
    seed,
    stream,
    secret,
  });
  const encodings = parameterShapes(spec).map((shape) => tensorEncoding(shape, encoding));
  const options = { encodings, fractionBits, largestBits: passes.largestBits };
  const delta = compress(change, before.residual, options);
  let control: Compressed | undefined;
  if (strategy.nextControl !== undefined) {
    const wanted = strategy.nextControl({
      spec,
      instructions,
      delta: change,
      steps: trained.steps,
      learningRate: training.learningRate,
    });
    // No residual: the next Δc_i is taken from what was sent, and so makes up for its rounding.
    control = compress(differenceToFixed(wanted, before.control, fractionBits), undefined, options);
  }
  const has = workerStateOf(task);
  const after: WorkerState = {
    residual: has.residual ? delta.residual : undefined,
    control: control?.tensors.map((tensor, index) => {
      const steps = decompress(tensor, fractionBits);
      return moved(before.control?.[index] ?? new Int32Array(steps.length), steps);
    }),
  };
  const workerState = has.residual || has.control ? encodeWorkerState(after, task) : undefined;
  const file: UpdateFile = {
    spec,
    fractionBits,
    encoding,
    numericClass,
    base,
    delta: delta.tensors,
    control: control?.tensors,
    data,
    stateBefore: state?.digest,
    stateAfter: workerState === undefined ? undefined : await digestOf(workerState),
  };
  const update = encodeUpdate(file, { tensors: "right", memory: memory?.file });
  return { update, workerState, trained };
}

function differenceToFixed(
  wanted: readonly Float64Array[],
  current: readonly Int32Array[] | undefined,
  fractionBits: number,
): readonly Float64Array[] {
  if (current === undefined) return wanted;
  const unit = 2 ** -fractionBits;
  return wanted.map((values, tensor) => {
    const subtracted = current[tensor]!;
    const result = new Float64Array(values.length);
    for (let index = 0; index < result.length; index++) {
      result[index] = values[index]! - subtracted[index]! * unit;
    }
    return result;
  });
}
