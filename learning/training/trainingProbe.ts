import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { Dataset } from "../datasets/Dataset.ts";
import { packBoxes } from "../detection/sampleBoxes.ts";
import { elementCount } from "../models/elementCount.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import { networkOf } from "../models/networkOf.ts";
import { parameterShapes } from "../models/parameterShapes.ts";
import type { TrainingConfig } from "./TrainingConfig.ts";
import type { TrainJob } from "./TrainJob.ts";

/**
 * One pass over made-up samples that fit a model: how long it takes tells how fast a machine trains.
 *
 * @example
 * await pool.train(trainingProbe(task, 640), task.numericClass);
 */
export function trainingProbe(
  { model, training }: { model: ModelSpec; training: TrainingConfig },
  samples: number,
): TrainJob {
  const random = new SeededRandom(1, "probe");
  return {
    spec: model,
    // What they are makes no difference to the time.
    parameters: parameterShapes(model).map(({ shape }) => new Float32Array(elementCount(shape))),
    dataset: madeUp(model, samples, random),
    training: { ...training, epochs: 1, maxSteps: undefined },
    seed: 1,
    stream: ["probe"],
  };
}

function madeUp(model: ModelSpec, samples: number, random: SeededRandom): Dataset {
  const { task, inputShape, outputs, grid } = networkOf(model);
  const features = Float32Array.from({ length: samples * elementCount(inputShape) }, () => random.uniform());
  const sample = { features, sampleShape: inputShape, scale: 1 };
  if (grid !== undefined) {
    // An object in the middle of each image, as of a window around it.
    const [height, width] = inputShape as [number, number];
    const box = { left: width / 4, top: height / 4, right: (3 * width) / 4, bottom: (3 * height) / 4 };
    const boxes = packBoxes(Array.from({ length: samples }, () => [{ box, category: 0 }]));
    return { ...sample, labels: new Uint8Array(samples), classes: grid.categories + 1, boxes };
  }
  return task === "classification"
    ? { ...sample, labels: Uint8Array.from({ length: samples }, (_, row) => row % outputs), classes: outputs }
    : { ...sample, labels: Float32Array.from({ length: samples }, () => random.uniform()), classes: 0 };
}
