import { createHash } from "node:crypto";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { packBoxes } from "../../../learning/detection/sampleBoxes.ts";
import type { Engine } from "../../../learning/engine/Engine.ts";
import { elementCount } from "../../../learning/models/elementCount.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { networkOf } from "../../../learning/models/networkOf.ts";
import type { Correction } from "../../../learning/training/GradientCorrection.ts";
import type { TrainingConfig } from "../../../learning/training/TrainingConfig.ts";
import { trainLocally } from "../../../learning/training/trainLocally.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";

/** A training, and the SHA-256 of the parameters it gives. */
export interface TrainingCase {
  readonly of: string;
  readonly spec: ModelSpec;
  readonly training: Partial<TrainingConfig>;
  readonly digest: string;
  readonly correct?: boolean;
}

const perceptron: ModelSpec = { kind: "mlp", inputs: 130, hidden: [37, 20], outputs: 5 };
const convolutions: ModelSpec = {
  kind: "cnn",
  input: [12, 11, 3],
  convolutions: [
    { filters: 10, size: 5, pool: 2 },
    { filters: 17, size: 3 },
  ],
  hidden: [9],
  outputs: 5,
};

/**
 * Of the numeric class strict/1. A digest changes when any kernel accumulates in
 * another order, fuses or rounds differently, or when training draws or steps in
 * another way: then the class, or what a task's training means, has changed.
 */
export const TRAINING_CASES: readonly TrainingCase[] = [
  {
    of: "SGD",
    spec: perceptron,
    training: {},
    digest: "b86c6cc4bf701577c3011061b530b8fae72f50342364a2496e619d94fccd28cf",
  },
  {
    of: "momentum",
    spec: perceptron,
    training: { momentum: 0.9 },
    digest: "10cd3eef50f046161a0a1f921cf118ea017dce43322b269e4c38cb379c06a7ab",
  },
  {
    of: "weight decay",
    spec: perceptron,
    training: { momentum: 0.9, weightDecay: 0.01 },
    digest: "04e980aa9dee51381fa7c40bd9642078940cfed2fd47a698b99b1a0eeb860054",
  },
  {
    of: "Adam",
    spec: perceptron,
    training: { optimizer: "adam", learningRate: 0.003 },
    digest: "0577b0d48f41b93025ace63ace793ab9a61fa99ec78fdd520e3182bfce8c3288",
  },
  {
    of: "dropout",
    spec: { ...perceptron, dropout: 0.4 },
    training: { momentum: 0.9 },
    digest: "612e4a0d70b168187cb112ac1a6fd4db6a14bcaa530e57a484b97586a2db5e04",
  },
  {
    of: "corrections",
    spec: perceptron,
    training: {},
    correct: true,
    digest: "30ad4675bd6a89fc55b513b63c30625fab4c5698935d1c91f3bb03cbd310459a",
  },
  {
    of: "convolutions",
    spec: convolutions,
    training: { momentum: 0.9 },
    digest: "609ebd44a6a03964034e9bab06013e6967a3eb2f8f4c762d3a305095158615de",
  },
  {
    of: "batch normalization and residual blocks",
    spec: { kind: "resnet18", input: [12, 11, 3], outputs: 5, width: 5 },
    training: { momentum: 0.9 },
    digest: "0f9070ce416543798a9586233d6c7840120d5dfd9419c6dff499c432fbc2cee5",
  },
  {
    of: "depthwise convolutions",
    spec: { kind: "traffic-sign", input: [12, 11, 3], outputs: 5, width: 6 },
    training: { optimizer: "adam", learningRate: 0.003 },
    digest: "6f650326173a3575b2e21c330b8beca1f4cbeccad1829d9c8d1874ffa4857583",
  },
  {
    of: "convolutions along time",
    spec: {
      kind: "cnn1d",
      input: [26, 5],
      convolutions: [{ filters: 7, size: 4, pool: 2 }],
      hidden: [9],
      outputs: 1,
      task: "regression",
    },
    training: {},
    digest: "82f309c6b7deddf97194dd8667e470649adf3d741c2bf0ef949ad86e3ec23781",
  },
  {
    of: "recurrence",
    spec: { kind: "gru", input: [13, 10], units: 21, hidden: [], outputs: 1, task: "regression" },
    training: {},
    digest: "7f830dd3faa0ade2a73a380a66c1e754ae5505495be3dde6649c9f40e50b4d7f",
  },
  {
    of: "reconstruction",
    spec: { kind: "autoencoder", inputs: 130, hidden: [33, 6] },
    training: { optimizer: "adam", learningRate: 0.003 },
    digest: "fda317a5822e852550bbb7cc2be212b57c1aea93434029672981b27a93903db0",
  },
  {
    of: "detection",
    spec: { kind: "detector", input: [32, 24, 3], categories: 4, width: 6 },
    training: { optimizer: "adam", learningRate: 0.003 },
    digest: "6b4fdc989ba06d8e50b0090c719cf67d54653d0629ed99fc3d638af7537550d7",
  },
];

/** Objects of up to a quarter of the image, two a sample or one. */
function boxesFor([height, width]: readonly number[], count: number, random: SeededRandom): Float32Array {
  return packBoxes(
    Array.from({ length: count }, () =>
      Array.from({ length: 1 + random.integer(2) }, () => {
        const [left, top] = [(random.integer(50) / 100) * width!, (random.integer(50) / 100) * height!];
        const box = { left, top, right: left + width! / 4, bottom: top + height! / 3 };
        return { box, category: random.integer(4) };
      }),
    ),
  );
}

/** Three steps an epoch, the last with fewer samples. */
function samplesFor(spec: ModelSpec): Dataset {
  const { inputShape, task } = networkOf(spec);
  const random = new SeededRandom(1, "samples");
  const count = 50;
  return {
    features: Float32Array.from({ length: count * elementCount(inputShape) }, () => random.uniform()),
    sampleShape: inputShape,
    scale: 1,
    labels:
      task === "regression"
        ? Float32Array.from({ length: count }, () => random.uniform())
        : Uint8Array.from({ length: count }, () => random.integer(5)),
    classes: task === "regression" ? 0 : 5,
    ...(task === "detection" && { boxes: boxesFor(inputShape, count, random) }),
  };
}

/** Trains, and digests the parameters. */
export function trainCase(engine: Engine, { spec, training, correct }: TrainingCase): string {
  const parameters = initialParameters(spec, new SeededRandom(1, "initial"));
  const controlVariate = parameters.map((values) => values.map((value) => value / 8));
  const correction: Correction | undefined = correct ? { proximalMu: 0.3, controlVariate } : undefined;
  const trained = trainLocally(engine, {
    spec,
    parameters,
    dataset: samplesFor(spec),
    training: { epochs: 2, batchSize: 19, learningRate: 0.05, ...training },
    correction,
    random: new SeededRandom(1, "training"),
  });
  const hash = createHash("sha256");
  for (const tensor of trained.parameters) hash.update(tensor);
  return hash.digest("hex");
}
