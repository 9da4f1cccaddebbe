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
