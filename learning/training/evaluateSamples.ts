import type { Tensor } from "@tensorflow/tfjs";
import { portableExp } from "../../numerics/portableExp.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { assertDataset, type Dataset } from "../datasets/Dataset.ts";
import { scaledFeatures } from "../datasets/scaledFeatures.ts";
import { assignTargets } from "../detection/assignTargets.ts";
import type { EvaluatedImage } from "../detection/averagePrecision.ts";
import type { LabelledBox } from "../detection/Detection.ts";
import type { DetectionGrid } from "../detection/DetectionGrid.ts";
import { decodeDetections } from "../detection/decodeDetections.ts";
import { boxesOfSample } from "../detection/sampleBoxes.ts";
import { assertWasmBackend } from "../engine/assertWasmBackend.ts";
import type { Engine } from "../engine/Engine.ts";
import { assertModelFits } from "../models/assertModelFits.ts";
import { elementCount } from "../models/elementCount.ts";
import { detectionLossOf } from "../models/losses/detectionLoss.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import type { ModelTask } from "../models/ModelTask.ts";
import type { Network } from "../models/Network.ts";
import { networkFor } from "../models/networkOf.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import { parameterTensors } from "../models/parameterTensors.ts";

/** What {@link evaluateSamples} needs. */
export interface EvaluateModelParameters {
  readonly spec: ModelSpec;
  readonly parameters: ModelParameters;
  readonly dataset: Dataset;
}

/** How a model does on each sample of a dataset; concatenated, the parts of a dataset give the whole. */
export interface SampleEvaluations {
  readonly task: ModelTask;
  /** Shape [n]: the cross-entropy in nats, the squared error, the mean squared error of the reconstruction, or `detectionLoss`. */
  readonly losses: Float64Array;
  /**
   * Shape [n]: 1 for a correct prediction and 0 for a wrong one; predicted − true
   * target; 1 for an anomalous sample and 0 for a normal one; or the objects in a scene.
   */
  readonly outcomes: Float64Array;
  /** For detection, n: what is in each scene, and what was found. */
  readonly images?: readonly EvaluatedImage[] | undefined;
  /** For detection: of how many categories. */
  readonly categories?: number | undefined;
  /**
   * Shape [n]: the Brier loss Σ_k (p_k − y_k)² of a classification's probabilities p, in [0, 2], and 2 where its
   * logits are no numbers any more; for the other tasks the losses again. The same bits on every machine.
   */
  readonly squares: Float64Array;
}

/** Samples a forward pass. A sample's outputs do not depend on the others in the pass. */
const BATCH_SIZE = 100;
/** Most features in it: of large images fewer go at once. */
const BATCH_FEATURES = 2 ** 22;

/**
 * Evaluates a model sample by sample; what follows from the outputs is computed in
 * float64. A prediction is the largest logit, ties going to the lowest class.
 *
 * @throws BaseError `ENGINE_BACKEND`, the errors of `assertDataset` and
 * `assertModelFits`, and `MODEL_DATA` when a reconstruction is evaluated on other
 * than two classes, normal and anomalous.
 */
export function evaluateSamples(engine: Engine, input: EvaluateModelParameters): SampleEvaluations {
  const { spec, parameters, dataset } = input;
  assertWasmBackend(engine);
  assertDataset(dataset);
  assertModelFits(spec, parameters, dataset);
  const network = networkFor(spec, dataset.sampleShape);
  const { task, outputs, layer, inputShape, grid } = network;
  if (task === "reconstruction" && dataset.classes !== 2) {
    throw new BaseError("MODEL_DATA", "Anomalies are evaluated on two classes, 0 normal and 1 anomalous.", {
      details: `The data have ${dataset.classes} classes.`,
    });
  }
  const samples = dataset.labels.length;
  const losses = new Float64Array(samples);
  const outcomes = new Float64Array(samples);
  const images: EvaluatedImage[] = [];
  const squares = new Float64Array(samples);
  const batch = Math.min(BATCH_SIZE, Math.max(1, Math.floor(BATCH_FEATURES / elementCount(inputShape))));
  engine.tidy(() => {
    const tensors = parameterTensors(engine, spec, parameters);
    for (let start = 0; start < samples; start += batch) {
      const length = Math.min(batch, samples - start);
      const features = scaledFeatures(
        dataset,
        Uint32Array.from({ length }, (_, offset) => start + offset),
      );
      const values = engine.tidy(() => {
        const x: Tensor = engine.tensor(features, [length, ...inputShape]);
        return layer.infer(engine, tensors, x).dataSync<"float32">();
      });
      for (let row = 0; row < length; row++) {
        const output = values.subarray(row * outputs, (row + 1) * outputs);
        if (grid !== undefined) {
          const objects = boxesOfSample(dataset.boxes!, samples, start + row);
          images.push({ objects, detections: decodeDetections(grid, output) });
          losses[start + row] = sceneLoss(grid, output, objects);
          outcomes[start + row] = objects.length;
          squares[start + row] = losses[start + row]!;
          continue;
        }
        const label = dataset.labels[start + row]!;
        const [loss, outcome] = evaluateSample(
          network,
          output,
          label,
          features.subarray(row * outputs, (row + 1) * outputs),
        );
        losses[start + row] = loss;
        outcomes[start + row] = outcome;
        squares[start + row] = task === "classification" ? brierLoss(output, label) : loss;
      }
    }
  });
  return { task, losses, outcomes, squares, ...(grid && { images, categories: grid.categories }) };
}

/** One sample's loss and outcome; its features are read only for a reconstruction. */
function evaluateSample(
  { task, outputScale }: Network,
  output: Float32Array,
  label: number,
  features: Float32Array,
): [loss: number, outcome: number] {
  switch (task) {
    case "classification":
      return [crossEntropy(output, label), argmax(output) === label ? 1 : 0];
    case "regression": {
      const error = output[0]! * outputScale - label;
      return [error * error, error];
    }
    case "reconstruction": {
      let squares = 0;
      for (let index = 0; index < output.length; index++) {
        const difference = output[index]! - features[index]!;
        squares += difference * difference;
      }
      return [squares / output.length, label];
    }
    case "detection":
      throw new Error("a scene is evaluated by its boxes");
    default:
      return task satisfies never;
  }
}

function sceneLoss(grid: DetectionGrid, output: Float32Array, objects: readonly LabelledBox[]): number {
  const targets = new Float32Array(output.length);
  assignTargets(grid, objects, targets);
  return detectionLossOf(grid, output, targets, new Float32Array(output.length));
}

/** The index of the largest value; the lowest index among equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! > values[best]!) best = index;
  }
  return best;
}

/** The logarithm of the sum of exponentials is taken without overflow. */
function crossEntropy(logits: Float32Array, label: number): number {
  const largest = logits[argmax(logits)]!;
  let exponentials = 0;
  for (const logit of logits) exponentials += Math.exp(logit - largest);
  return Math.log(exponentials) + largest - logits[label]!;
}

/** The Brier loss of all probability on a wrong class. */
const CERTAIN_MISTAKE = 2;

/** Σ_k (p_k − y_k)² of the softmax p and the one-hot class y; that of a certain mistake where logits have left float32. */
function brierLoss(logits: Float32Array, label: number): number {
  const largest = logits[argmax(logits)]!;
  const exponentials = Float64Array.from(logits, (logit) => portableExp(logit - largest));
  let total = 0;
  for (const value of exponentials) total += value;
  let squares = 0;
  for (const [index, value] of exponentials.entries()) {
    const difference = value / total - (index === label ? 1 : 0);
    squares += difference * difference;
  }
  return Number.isNaN(squares) ? CERTAIN_MISTAKE : squares;
}
