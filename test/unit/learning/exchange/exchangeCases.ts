import { datasetSpecSchema } from "../../../../learning/datasets/DatasetSpec.ts";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import type { ExportedModel } from "../../../../learning/exchange/ModelFormat.ts";
import { elementCount } from "../../../../learning/models/elementCount.ts";
import type { ModelSpec } from "../../../../learning/models/ModelSpec.ts";
import { networkFor } from "../../../../learning/models/networkOf.ts";
import { parameterShapes } from "../../../../learning/models/parameterShapes.ts";
import { parameterTensors } from "../../../../learning/models/parameterTensors.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

/** A small model of every kind; between them every layer, in each form in which it occurs. */
export const EXCHANGED: Readonly<Record<string, ModelSpec>> = {
  "dense layers": { kind: "mlp", inputs: 7, hidden: [6, 5], outputs: 3, dropout: 0.4 },
  regression: { kind: "mlp", inputs: 5, hidden: [], outputs: 1, task: "regression", outputScale: 20 },
  "convolutions with pooling": {
    kind: "cnn",
    input: [9, 8, 2],
    convolutions: [
      { filters: 3, size: 3, pool: 2 },
      { filters: 4, size: 2 },
    ],
    hidden: [5],
    outputs: 3,
  },
  "convolutions without padding": {
    kind: "cnn",
    input: [7, 6, 1],
    convolutions: [{ filters: 2, size: 3 }],
    hidden: [],
    outputs: 2,
    padding: "valid",
  },
  "residual blocks with batch normalization": { kind: "resnet18", input: [9, 8, 2], outputs: 3, width: 2 },
  "convolutions along time": {
    kind: "cnn1d",
    input: [11, 3],
    convolutions: [
      { filters: 4, size: 3, pool: 2 },
      { filters: 3, size: 2 },
    ],
    hidden: [4],
    outputs: 1,
    task: "regression",
    outputScale: 5,
  },
  "a recurrent unit": { kind: "gru", input: [6, 3], units: 5, hidden: [4], outputs: 1, task: "regression" },
  "an autoencoder": { kind: "autoencoder", inputs: 6, hidden: [5, 2] },
  "depthwise convolutions": { kind: "traffic-sign", input: [9, 10, 2], outputs: 4, width: 2, dropout: 0.3 },
  "a detector": { kind: "detector", input: [24, 16, 2], categories: 3, width: 2, blocks: [1, 1] },
};

/** An architecture by seed: of each kind in turn, sizes drawn. */
export function drawnSpec(seed: number): ModelSpec {
  const random = new SeededRandom(seed, "architecture");
  const from = (least: number, most: number) => least + random.integer(most - least + 1);
  const hidden = () => Array.from({ length: from(0, 2) }, () => from(1, 9));
  const kinds: readonly (() => ModelSpec)[] = [
    () => ({ kind: "mlp", inputs: from(1, 20), hidden: hidden(), outputs: from(1, 6) }),
    () => ({
      kind: "cnn",
      input: [from(8, 14), from(8, 14), from(1, 4)],
      convolutions: Array.from({ length: from(1, 2) }, () => ({
        filters: from(1, 6),
        size: from(1, 4),
        pool: from(1, 2),
      })),
      hidden: hidden(),
      outputs: from(1, 5),
      padding: from(0, 1) === 0 ? "same" : "valid",
    }),
    () => ({
      kind: "cnn1d",
      input: [from(8, 20), from(1, 5)],
      convolutions: [{ filters: from(1, 6), size: from(1, 6), pool: from(1, 3) }],
      hidden: hidden(),
      outputs: from(1, 5),
      task: "classification",
    }),
    () => ({
      kind: "gru",
      input: [from(1, 12), from(1, 5)],
      units: from(1, 9),
      hidden: hidden(),
      outputs: from(1, 5),
      task: "classification",
    }),
    () => ({
      kind: "traffic-sign",
      input: [from(5, 17), from(5, 17), from(1, 3)],
      outputs: from(1, 5),
      width: from(1, 3),
    }),
    () => ({
      kind: "detector",
      input: [8 * from(1, 4), 8 * from(1, 4), from(1, 3)],
      categories: from(1, 4),
      width: from(1, 3),
      blocks: [from(0, 2), from(0, 2)],
    }),
  ];
  return kinds[seed % kinds.length]!();
}

/** A model of a spec with values of every sign, whose batch normalizations do something. */
export function exchangedModel(spec: ModelSpec, seed = 1): ExportedModel {
  const random = new SeededRandom(seed, "exchanged model");
  const parameters = parameterShapes(spec).map(({ name, shape }) =>
    Float32Array.from({ length: elementCount(shape) }, () => {
      const value = 2 * random.uniform() - 1;
      if (name.endsWith(".variance")) return 0.2 + Math.abs(value);
      return name.endsWith(".gamma") ? 1 + value / 2 : value / 2;
    }),
  );
  return {
    card: {
      model: spec,
      origin: {
        chainId: "31401",
        taskManager: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        task: "1",
        name: "digits",
        round: 6,
        globalModel: `0x${"5a".repeat(32)}`,
        score: 0.9561,
      },
      dataset: datasetSpecSchema.parse("mnist"),
      statistics: null,
    },
    parameters,
  };
}

/** Some samples of a shape, in float32. */
export function someInputs(shape: readonly number[], samples: number, seed = 7): Float32Array {
  const random = new SeededRandom(seed, "exchanged inputs");
  return Float32Array.from({ length: samples * elementCount(shape) }, () => 2 * random.uniform() - 1);
}

/** What Freshet's own engine makes of samples, [samples, outputs]. */
export function ownOutputs(
  engine: Engine,
  { card, parameters }: ExportedModel,
  inputs: Float32Array,
  shape: readonly number[],
): Float32Array {
  const { layer } = networkFor(card.model, shape);
  const samples = inputs.length / elementCount(shape);
  return engine.tidy(() => {
    const tensors = parameterTensors(engine, card.model, parameters);
    const x = engine.tensor(inputs, [samples, ...shape]);
    return layer.infer(engine, tensors, x).dataSync<"float32">().slice();
  });
}
