import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { assertDataset, type Dataset, featureCount } from "../datasets/Dataset.ts";
import { scaledFeatures } from "../datasets/scaledFeatures.ts";
import { assignTargets } from "../detection/assignTargets.ts";
import { boxesOfSample } from "../detection/sampleBoxes.ts";
import { assertWasmBackend } from "../engine/assertWasmBackend.ts";
import type { Engine } from "../engine/Engine.ts";
import { packOf } from "../engine/packOf.ts";
import { assertModelFits } from "../models/assertModelFits.ts";
import { lossOf } from "../models/losses/lossOf.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import type { Network } from "../models/Network.ts";
import { networkFor } from "../models/networkOf.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import { parameterTensors } from "../models/parameterTensors.ts";
import { optimizerOf } from "../optimizers/optimizerOf.ts";
import { assertCorrection, type Correction, GradientCorrection } from "./GradientCorrection.ts";
import { assertTrainingConfig, type TrainingConfig } from "./TrainingConfig.ts";

/** What {@link trainLocally} needs. */
export interface TrainLocallyParameters {
  readonly spec: ModelSpec;
  /** The global model to start from; not changed. */
  readonly parameters: ModelParameters;
  /** At least one sample. */
  readonly dataset: Dataset;
  readonly training: TrainingConfig;
  /** What the round's strategy adds to every gradient. */
  readonly correction?: Correction | undefined;
  /** Where the local model is written; new memory unless given. */
  readonly into?: ModelParameters | undefined;
  /** Shuffles the samples of each epoch and draws dropout's masks. */
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
  /** Mean loss over each epoch, measured before each step; cross-entropy in nats, squared error, or `detectionLoss`. */
  readonly epochLosses: readonly number[];
}

/**
 * Local training of one worker: mini-batch steps of an optimizer from the global
 * model (FedAvg's ClientUpdate, McMahan et al. 2017, algorithm 1; "local training"
 * in the model trading paper, section III). The same arguments give the same bits
 * on every thread and, in one numeric class of the engine, on every machine.
 *
 * @throws BaseError `TRAINING_CONFIG`, `TRAINING_CORRECTION`, `TRAINING_NO_DATA`,
 * `TRAINING_DIVERGED` when the loss is no longer finite, `ENGINE_BACKEND`, and the
 * errors of `assertDataset` and `assertModelFits`.
 *
 * @example
 * const { parameters } = trainLocally(engine, {
 *   spec, parameters: global, dataset, random,
 *   training: { epochs: 1, batchSize: 32, learningRate: 0.1 },
 * });
 */
export function trainLocally(engine: Engine, input: TrainLocallyParameters): TrainResult {
  const { spec, dataset, training, random } = input;
  assertInput(engine, input);
  const { epochs, batchSize, maxSteps = Number.POSITIVE_INFINITY } = training;
  const network = networkFor(spec, dataset.sampleShape);
  const { layer, inputShape } = network;
  const loss = lossOf(network);
  const samples = dataset.labels.length;
  const order = Uint32Array.from({ length: samples }, (_, row) => row);
  // The engine copies what it is given, so one batch's memory serves all.
  const memory = new Float32Array(Math.min(batchSize, samples) * featureCount(dataset));
  const epochLosses: number[] = [];
  let steps = 0;
  let visits = 0;

  const tensors = parameterTensors(engine, spec, input.parameters);
  const isTrainable = (_: unknown, index: number) => layer.parameters[index]!.trainable;
  const trained = tensors.filter(isTrainable);
  const shapes = trained.map(({ shape }) => shape);
  const optimizer = optimizerOf(training)(engine, shapes, training);
  const correction = new GradientCorrection(engine, spec, trained, input.correction);

  /** Steps on the samples `rows` and returns the sum of their losses before the step. */
  const step = (rows: Uint32Array): number =>
    engine.tidy(() => {
      const features = scaledFeatures(dataset, rows, memory);
      const x = engine.tensor(features, [rows.length, ...inputShape]);
      const pass = layer.train(engine, tensors, x, random);
      const targets = targetsOf(network, dataset, rows, features);
      const { gradient, sum } = loss(engine, pass.output as Tensor2D, targets);
      const { parameters: changes } = pass.backward(gradient, false);
      optimizer.step(trained, correction.apply(trained, changes.filter(isTrainable)));
      for (const [index, change] of changes.entries()) {
        if (!isTrainable(change, index)) replace(engine, tensors, index, change);
      }
      return sum;
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
    const parameters = tensors.map((tensor, index) => read(engine, tensor, input.into?.[index]));
    return { parameters, steps, visits, epochLosses };
  } finally {
    for (const tensor of tensors) tensor.dispose();
    optimizer.dispose();
    correction.dispose();
  }
}

function assertInput(
  engine: Engine,
  { spec, parameters, dataset, training, correction }: TrainLocallyParameters,
): void {
  assertWasmBackend(engine);
  assertTrainingConfig(training);
  assertDataset(dataset);
  if (dataset.labels.length === 0) {
    throw new BaseError("TRAINING_NO_DATA", "There is no sample to train on.", {
      next: "Let the worker take part only when it holds data.",
    });
  }
  assertModelFits(spec, parameters, dataset);
  if (correction !== undefined) assertCorrection(spec, correction);
}

/** What the network should give for the samples `rows`, [rows, outputs] row-major. */
function targetsOf(
  { task, outputs, outputScale, grid }: Network,
  { labels, boxes }: Dataset,
  rows: Uint32Array,
  features: Float32Array,
): Float32Array {
  if (task === "reconstruction") return features;
  const targets = new Float32Array(rows.length * outputs);
  for (const [position, row] of rows.entries()) {
    if (task === "detection") {
      const own = targets.subarray(position * outputs, (position + 1) * outputs);
      assignTargets(grid!, boxesOfSample(boxes!, labels.length, row), own);
    } else if (task === "regression") targets[position] = labels[row]! / outputScale;
    else targets[position * outputs + labels[row]!] = 1;
  }
  return targets;
}

/** A tensor's numbers, in memory that is there for them or in new memory. */
function read(engine: Engine, tensor: Tensor, into: Float32Array | undefined): Float32Array {
  if (into === undefined) return tensor.dataSync<"float32">();
  packOf(engine).read(tensor, into);
  return into;
}

/** Puts a buffer's new value in its place, to outlive the step. */
function replace(engine: Engine, tensors: Tensor[], index: number, value: Tensor): void {
  tensors[index]!.dispose();
  tensors[index] = engine.keep(value);
}

function diverged(epoch: number, { learningRate, momentum = 0 }: TrainingConfig): BaseError {
  return new BaseError("TRAINING_DIVERGED", `Local training diverged in epoch ${epoch}.`, {
    details: `The loss is no longer finite with learning rate ${learningRate} and momentum ${momentum}.`,
    next: "Use a smaller learning rate.",
  });
}
