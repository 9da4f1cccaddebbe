import { portableExp } from "../../numerics/portableExp.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { assignTargets } from "../detection/assignTargets.ts";
import type { EvaluatedImage } from "../detection/averagePrecision.ts";
import type { LabelledBox } from "../detection/Detection.ts";
import type { DetectionGrid } from "../detection/DetectionGrid.ts";
import { decodeDetections } from "../detection/decodeDetections.ts";
import { boxesOfSample } from "../detection/sampleBoxes.ts";
import type { Engine } from "../engine/Engine.ts";
import { detectionLossOf } from "../models/losses/detectionLoss.ts";
import type { ModelTask } from "../models/ModelTask.ts";
import type { Network } from "../models/Network.ts";
import { forEachOutput, type ModelOnDataset } from "./forEachOutput.ts";

/** What {@link evaluateSamples} needs. */
export type EvaluateModelParameters = ModelOnDataset;

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

/**
 * Evaluates a model sample by sample; what follows from the outputs is computed in
 * float64. A prediction is the largest logit, ties going to the lowest class.
 *
 * @throws BaseError `ENGINE_BACKEND`, the errors of `assertDataset` and
 * `assertModelFits`, and `MODEL_DATA` when a reconstruction is evaluated on other
 * than two classes, normal and anomalous.
 */
export function evaluateSamples(engine: Engine, input: EvaluateModelParameters): SampleEvaluations {
  const { dataset } = input;
  const samples = dataset.labels.length;
  const losses = new Float64Array(samples);
  const outcomes = new Float64Array(samples);
  const images: EvaluatedImage[] = [];
  const squares = new Float64Array(samples);
  let evaluated: Network | undefined;
  forEachOutput(engine, input, (network) => {
    evaluated = network;
    const { task, grid } = network;
    if (task === "reconstruction" && dataset.classes !== 2) {
      throw new BaseError("MODEL_DATA", "Anomalies are evaluated on two classes, 0 normal and 1 anomalous.", {
        details: `The data have ${dataset.classes} classes.`,
      });
    }
    return (row, output, features) => {
      if (grid !== undefined) {
        const objects = boxesOfSample(dataset.boxes!, samples, row);
        images.push({ objects, detections: decodeDetections(grid, output) });
        losses[row] = sceneLoss(grid, output, objects);
        outcomes[row] = objects.length;
        squares[row] = losses[row]!;
        return;
      }
      const label = dataset.labels[row]!;
      const [loss, outcome] = evaluateSample(network, output, label, features);
      losses[row] = loss;
      outcomes[row] = outcome;
      squares[row] = task === "classification" ? brierLoss(output, label) : loss;
    };
  });
  const { task, grid } = evaluated!;
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
    case "reconstruction":
      return [meanSquaredDifference(output, features), label];
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

/** How far a reconstruction is from what it was made of: the mean over the features, in their order. */
export function meanSquaredDifference(output: Float32Array, features: Float32Array): number {
  let squares = 0;
  for (let index = 0; index < output.length; index++) {
    const difference = output[index]! - features[index]!;
    squares += difference * difference;
  }
  return squares / output.length;
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
