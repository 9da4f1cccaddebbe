import { assertDataset, type Dataset, featureCount } from "../datasets/Dataset.ts";
import { scaledFeatures } from "../datasets/scaledFeatures.ts";
import { assertWasmBackend, type WasmEngine } from "../engine/wasmEngine.ts";
import { assertModelFits } from "../models/assertModelFits.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import { networkOf } from "../models/networkOf.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import { parameterTensors } from "../models/parameterTensors.ts";

/** What {@link evaluateModel} needs. */
export interface EvaluateModelParameters {
  readonly spec: ModelSpec;
  readonly parameters: ModelParameters;
  readonly dataset: Dataset;
}

/** How well a model predicts a dataset. */
export interface EvaluateResult {
  /** The number of samples evaluated. */
  readonly samples: number;
  /** How many were predicted right; accuracy is correct / samples. */
  readonly correct: number;
  /** Sum over the samples of the cross-entropy −ln softmax(logits)[label], in nats. */
  readonly crossEntropySum: number;
  /** crossEntropySum / samples; 0 for no sample. */
  readonly meanCrossEntropy: number;
}

/** Samples a forward pass: 1.5 MB of MNIST. Fixed, so that the sum's rounding is too. */
const BATCH_SIZE = 500;

/**
 * Counts correct predictions (the largest logit; ties go to the lowest class)
 * and averages the cross-entropy, whose logarithm of the sum of exponentials is
 * taken in float64.
 *
 * @throws BaseError `ENGINE_BACKEND`, and the errors of `assertDataset` and
 * `assertModelFits`.
 *
 * @example
 * const { correct, samples } = evaluateModel(engine, { spec, parameters, dataset: test });
 */
export function evaluateModel(engine: WasmEngine, input: EvaluateModelParameters): EvaluateResult {
  const { spec, parameters, dataset } = input;
  assertWasmBackend(engine);
  assertDataset(dataset);
  assertModelFits(spec, parameters, dataset);
  const network = networkOf(spec);
  const samples = dataset.labels.length;
  const width = featureCount(dataset);
  let correct = 0;
  let crossEntropySum = 0;
  engine.tidy(() => {
    const tensors = parameterTensors(engine, spec, parameters);
    for (let start = 0; start < samples; start += BATCH_SIZE) {
      const labels = dataset.labels.subarray(start, start + BATCH_SIZE);
      const rows = Uint32Array.from(labels, (_, offset) => start + offset);
      const logits = engine.tidy(() => {
        const inputs = engine.tensor2d(scaledFeatures(dataset, rows), [rows.length, width]);
        return network.logits(engine, tensors, inputs);
      });
      const values = logits.dataSync<"float32">();
      logits.dispose();
      for (const [row, label] of labels.entries()) {
        const sample = values.subarray(row * spec.outputs, (row + 1) * spec.outputs);
        if (argmax(sample) === label) correct++;
        crossEntropySum += crossEntropy(sample, label);
      }
    }
  });
  return {
    samples,
    correct,
    crossEntropySum,
    meanCrossEntropy: samples === 0 ? 0 : crossEntropySum / samples,
  };
}

/** The index of the largest value; the lowest index among equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! > values[best]!) best = index;
  }
  return best;
}

function crossEntropy(logits: Float32Array, label: number): number {
  const largest = logits[argmax(logits)]!;
  let exponentials = 0;
  for (const logit of logits) exponentials += Math.exp(logit - largest);
  return Math.log(exponentials) + largest - logits[label]!;
}
