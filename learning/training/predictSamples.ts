import type { Box } from "../detection/Box.ts";
import { decodeDetections, softmax } from "../detection/decodeDetections.ts";
import type { Engine } from "../engine/Engine.ts";
import { argmax, meanSquaredDifference } from "./evaluateSamples.ts";
import { forEachOutput, type ModelOnDataset } from "./forEachOutput.ts";

/** What a model says of one sample. */
export type Prediction =
  /** A class from 0, and the softmax' probability of it. */
  | { readonly class: number; readonly probability: number }
  /** A real target, in its unit less the data's offset. */
  | { readonly target: number }
  /** How badly the sample was reproduced, mean squared: the more, the more anomalous. */
  | { readonly anomaly: number }
  /** Objects of an image, surest first; boxes in its pixels. */
  | { readonly objects: readonly (Box & { readonly category: number; readonly score: number })[] };

/** Least score of an object that is told of; the evaluation looks at unsurer ones, too. */
const LEAST_SCORE = 0.3;

/**
 * What a model says of each sample of a dataset, whose labels are not looked at. The same
 * arithmetic as in an evaluation: ties go to the lowest class.
 *
 * @throws BaseError as `forEachOutput`.
 */
export function predictSamples(engine: Engine, input: ModelOnDataset): Prediction[] {
  const predictions: Prediction[] = [];
  forEachOutput(engine, input, ({ task, outputScale, grid }) => (_, output, features) => {
    switch (task) {
      case "classification": {
        const best = argmax(output);
        predictions.push({ class: best, probability: softmax(output)[best]! });
        break;
      }
      case "regression":
        predictions.push({ target: output[0]! * outputScale });
        break;
      case "reconstruction":
        predictions.push({ anomaly: meanSquaredDifference(output, features) });
        break;
      case "detection": {
        const found = decodeDetections(grid!, output, { leastScore: LEAST_SCORE });
        predictions.push({ objects: found.map(({ box, category, score }) => ({ ...box, category, score })) });
        break;
      }
      default:
        task satisfies never;
    }
  });
  return predictions;
}
