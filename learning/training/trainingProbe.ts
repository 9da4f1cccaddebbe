import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { Dataset } from "../datasets/Dataset.ts";
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
  const { task, inputShape, outputs } = networkOf(model);
  const features = Float32Array.from({ length: samples * elementCount(inputShape) }, () => random.uniform());
  const sample = { features, sampleShape: inputShape, scale: 1 };
  return task === "classification"
    ? { ...sample, labels: Uint8Array.from({ length: samples }, (_, row) => row % outputs), classes: outputs }
    : { ...sample, labels: Float32Array.from({ length: samples }, () => random.uniform()), classes: 0 };
}
