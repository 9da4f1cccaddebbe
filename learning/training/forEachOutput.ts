import type { Tensor } from "@tensorflow/tfjs";
import { assertDataset, type Dataset } from "../datasets/Dataset.ts";
import { scaledFeatures } from "../datasets/scaledFeatures.ts";
import { assertWasmBackend } from "../engine/assertWasmBackend.ts";
import type { Engine } from "../engine/Engine.ts";
import { assertModelFits } from "../models/assertModelFits.ts";
import { elementCount } from "../models/elementCount.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import type { Network } from "../models/Network.ts";
import { networkFor } from "../models/networkOf.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import { parameterTensors } from "../models/parameterTensors.ts";

/** Samples a forward pass. A sample's outputs do not depend on the others in the pass. */
const BATCH_SIZE = 100;
/** Most features in it: of large images fewer go at once. */
const BATCH_FEATURES = 2 ** 22;

/** A model and samples for it. */
export interface ModelOnDataset {
  readonly spec: ModelSpec;
  readonly parameters: ModelParameters;
  readonly dataset: Dataset;
}

/**
 * Runs a model over a dataset.
 *
 * @param begin - Told of the network that fits the samples, gives what is told of each sample in order: its row, the
 * network's outputs, and what the network saw of it, scaled; both arrays are its own until it returns.
 * @throws BaseError `ENGINE_BACKEND`, the errors of `assertDataset` and `assertModelFits`.
 */
export function forEachOutput(
  engine: Engine,
  { spec, parameters, dataset }: ModelOnDataset,
  begin: (network: Network) => (row: number, output: Float32Array, features: Float32Array) => void,
): void {
  assertWasmBackend(engine);
  assertDataset(dataset);
  assertModelFits(spec, parameters, dataset);
  const network = networkFor(spec, dataset.sampleShape);
  const { outputs, layer, inputShape } = network;
  const visit = begin(network);
  const samples = dataset.labels.length;
  const inputs = elementCount(inputShape);
  const batch = Math.min(BATCH_SIZE, Math.max(1, Math.floor(BATCH_FEATURES / inputs)));
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
        visit(
          start + row,
          values.subarray(row * outputs, (row + 1) * outputs),
          features.subarray(row * inputs, (row + 1) * inputs),
        );
      }
    }
  });
}
