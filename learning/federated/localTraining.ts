import { BaseError } from "../../protocol/BaseError.ts";
import { type RandomSource, shuffle } from "../../protocol/SeededRandom.ts";
import { assertDataset, type Dataset, featureCount } from "../datasets/Dataset.ts";
import { scaledFeatures } from "../datasets/scaledFeatures.ts";
import { assertWasmBackend, type WasmEngine } from "../engine/wasmEngine.ts";
import { assertModelFits } from "../models/assertModelFits.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import { networkOf } from "../models/networkOf.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import { MomentumSgd } from "./MomentumSgd.ts";

/** The hyper-parameters of local training. */
export interface TrainingConfig {
  /** Passes over the data, ≥ 1. */
  readonly epochs: number;
  /** Samples a step, ≥ 1; the last batch of an epoch may be smaller. */
  readonly batchSize: number;
  /** Step size, > 0. */
  readonly learningRate: number;
  /** In [0, 1); 0, plain SGD, unless given. Velocity starts at 0 in every round. */
  readonly momentum?: number;
  /** Stops after this many steps, ≥ 1; no limit unless given. */
  readonly maxSteps?: number;
}

/** What {@link trainLocally} needs. */
export interface TrainLocallyParameters {
  readonly spec: ModelSpec;
  /** The global model to start from; not changed. */
  readonly parameters: ModelParameters;
  /** At least one sample. */
  readonly dataset: Dataset;
  readonly training: TrainingConfig;
  /** Shuffles the samples of each epoch. */
  readonly random: RandomSource;
}

/** The outcome of local training. */
export interface TrainResult {
  /** The local model. */
  readonly parameters: ModelParameters;
  /** Steps taken. */
  readonly steps: number;
  /** Samples visited, counting repeats. */
  readonly visits: number;
  /** Mean cross-entropy (nats) over each epoch, measured before each step. */
  readonly epochLosses: readonly number[];
}

/**
 * Local training of one worker: mini-batch SGD, with momentum if wanted, from
 * the global model (FedAvg's ClientUpdate, McMahan et al. 2017, algorithm 1;
 * "local training" in the model trading paper, section III). The same arguments
 * give the same bits on every thread.
 *
 * @throws BaseError `TRAINING_CONFIG`, `TRAINING_NO_DATA`, `TRAINING_DIVERGED`
 * when the loss is no longer finite, `ENGINE_BACKEND`, and the errors of
 * `assertDataset` and `assertModelFits`.
 *
 * @example
 * const { parameters } = trainLocally(engine, {
 *   spec, parameters: global, dataset, random,
 *   training: { epochs: 1, batchSize: 32, learningRate: 0.1 },
 * });
 */
export function trainLocally(engine: WasmEngine, input: TrainLocallyParameters): TrainResult {
  const { spec, dataset, training, random } = input;
  assertInput(engine, input);
  const { epochs, batchSize, learningRate, momentum = 0, maxSteps = Number.POSITIVE_INFINITY } = training;
  const network = networkOf(spec);
  const samples = dataset.labels.length;
  const width = featureCount(dataset);
  const order = Uint32Array.from({ length: samples }, (_, row) => row);
  const epochLosses: number[] = [];
  let steps = 0;
  let visits = 0;

  const sgd = new MomentumSgd(engine, spec, input.parameters, { learningRate, momentum });
  /** Steps on the samples `rows` and returns the sum of their losses before the step. */
  const step = (rows: Uint32Array): number =>
    engine.tidy(() => {
      const inputs = engine.tensor2d(scaledFeatures(dataset, rows), [rows.length, width]);
      const targets = engine.tensor2d(oneHot(dataset.labels, rows, spec.outputs), [
        rows.length,
        spec.outputs,
      ]);
      const { probabilities, gradients } = network.lossGradients(engine, sgd.parameters, inputs, targets);
      sgd.apply(gradients);
      return crossEntropySum(probabilities.dataSync<"float32">(), dataset.labels, rows, spec.outputs);
    });

  try {
    for (let epoch = 0; epoch < epochs && steps < maxSteps; epoch++) {
      shuffle(order, random);
      let lossSum = 0;
      let epochVisits = 0;
      for (let start = 0; start < samples && steps < maxSteps; start += batchSize) {
        const rows = order.subarray(start, start + batchSize);
        lossSum += step(rows);
        epochVisits += rows.length;
        steps++;
      }
      if (!Number.isFinite(lossSum)) throw diverged(epoch, training);
      epochLosses.push(lossSum / epochVisits);
      visits += epochVisits;
    }
    return { parameters: sgd.read(), steps, visits, epochLosses };
  } finally {
    sgd.dispose();
  }
}

function assertInput(
  engine: WasmEngine,
  { spec, parameters, dataset, training }: TrainLocallyParameters,
): void {
  assertWasmBackend(engine);
  const { epochs, batchSize, learningRate, momentum = 0, maxSteps = 1 } = training;
  for (const [name, value] of Object.entries({ epochs, batchSize, maxSteps })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new BaseError("TRAINING_CONFIG", `${name} must be a whole number of at least 1, not ${value}.`);
    }
  }
  if (!Number.isFinite(learningRate) || learningRate <= 0) {
    throw new BaseError("TRAINING_CONFIG", `learningRate must be a positive number, not ${learningRate}.`);
  }
  if (!(momentum >= 0 && momentum < 1)) {
    throw new BaseError("TRAINING_CONFIG", `momentum must be in [0, 1), not ${momentum}.`);
  }
  assertDataset(dataset);
  assertModelFits(spec, parameters, dataset);
  if (dataset.labels.length === 0) {
    throw new BaseError("TRAINING_NO_DATA", "There is no sample to train on.", {
      next: "Skip this worker for the round, or let its privacy policy allow some data.",
    });
  }
}

function oneHot(labels: Uint8Array, rows: Uint32Array, classes: number): Float32Array {
  const targets = new Float32Array(rows.length * classes);
  for (const [position, row] of rows.entries()) targets[position * classes + labels[row]!] = 1;
  return targets;
}

function crossEntropySum(
  probabilities: Float32Array,
  labels: Uint8Array,
  rows: Uint32Array,
  classes: number,
): number {
  let sum = 0;
  for (const [position, row] of rows.entries()) {
    // A probability can underflow to 0 without anything being wrong; NaN stays NaN.
    sum -= Math.log(Math.max(probabilities[position * classes + labels[row]!]!, 2 ** -126));
  }
  return sum;
}

function diverged(epoch: number, { learningRate, momentum = 0 }: TrainingConfig): BaseError {
  return new BaseError("TRAINING_DIVERGED", `Local training diverged in epoch ${epoch}.`, {
    details: `The loss is no longer finite with learning rate ${learningRate} and momentum ${momentum}.`,
    next: "Use a smaller learning rate.",
  });
}
