import { dirname, join } from "node:path";

import { readUncompressed } from "../files/readBytes.ts";
import { concatDatasets } from "../learning/datasets/concatDatasets.ts";
import { type DatasetSpec, datasetKindOf } from "../learning/datasets/DatasetSpec.ts";
import { decodeDataset } from "../learning/datasets/datasetCodec.ts";
import { type FoundSamples, numberedNames, type Statistics } from "../learning/datasets/SampleReader.ts";
import type { Engine } from "../learning/engine/Engine.ts";
import type { ExportedModel } from "../learning/exchange/ModelFormat.ts";
import type { ModelCard } from "../learning/exchange/modelCard.ts";
import { evaluateModel } from "../learning/training/evaluateModel.ts";
import { type Prediction, predictSamples } from "../learning/training/predictSamples.ts";
import type { EvaluateResult } from "../learning/training/summarizeEvaluation.ts";
import { BaseError } from "../protocol/BaseError.ts";

/** What a model says of one sample, in the words of its data. */
export interface NamedPrediction {
  readonly sample: string;
  readonly prediction: Prediction;
  /** What the sample is, where the data say: a class, or a real target. */
  readonly label?: number;
}

/** What a model says of files. */
export interface Predictions {
  readonly predictions: readonly NamedPrediction[];
  /** How good that is; undefined where the data don't tell. */
  readonly evaluation: EvaluateResult | undefined;
  /** Why it is undefined though the data have labels. */
  readonly unscored?: string;
}

/**
 * Samples of files, made as the model's card says: as those that it learned from were.
 *
 * @param labels - A file with the labels of the one file.
 * @throws `FILE_UNREADABLE`, `PREDICT_MIXED`, `OPTION_INVALID` for labels apart that there are not, and the errors of the data set's reader.
 */
export async function samplesOf(
  { dataset: spec }: Pick<ModelCard, "dataset">,
  files: readonly string[],
  { labels, statistics }: { readonly labels?: string | undefined; readonly statistics: Statistics },
): Promise<FoundSamples> {
  const found: FoundSamples[] = [];
  for (const file of files) found.push(await samplesOfFile(spec, file, labels, statistics));
  const [first, ...others] = found;
  if (others.length === 0) return first!;
  if (others.some(({ isLabelled }) => isLabelled !== first!.isLabelled)) {
    throw new BaseError("PREDICT_MIXED", "Some of the files have labels, and some have not.", {
      next: "Ask for them apart.",
    });
  }
  // Whose a sample is does not matter, and not all files say.
  const dataset = concatDatasets(found.map((some) => ({ ...some.dataset, clients: undefined })));
  const names = found.flatMap((some, place) =>
    some.names.map((name) => (name === files[place] ? name : `${files[place]}, ${name}`)),
  );
  return { dataset, isLabelled: first!.isLabelled, names };
}

async function samplesOfFile(
  spec: DatasetSpec,
  name: string,
  labels: string | undefined,
  statistics: Statistics,
): Promise<FoundSamples> {
  const { reader } = datasetKindOf(spec);
  if (labels !== undefined && reader.labels === undefined) {
    throw new BaseError("OPTION_INVALID", `Samples of ${spec.kind} have no file of labels.`, {
      details: `Wanted is ${reader.accepts}.`,
      next: "Leave out --labels: where the file tells labels, predictions are compared with them.",
    });
  }
  const bytes = await readUncompressed(name);
  if (name.endsWith(".safetensors")) {
    const dataset = decodeDataset(bytes);
    return { dataset, isLabelled: true, names: numberedNames("sample", dataset.labels.length) };
  }
  const file = {
    name,
    bytes,
    labels: labels === undefined ? undefined : { name: labels, bytes: await readUncompressed(labels) },
    beside: (other: string) => readUncompressed(join(dirname(name), other)),
  };
  try {
    return await reader.read(spec as never, file, statistics);
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const { code, shortMessage, details, next } = error;
    const wanted = `The model learned from ${spec.kind}: wanted is ${reader.accepts}${reader.labels === undefined ? "" : `, with --labels ${reader.labels}`}.`;
    throw new BaseError(code, shortMessage, {
      details: details === undefined ? wanted : `${details} ${wanted}`,
      ...(next === undefined ? {} : { next }),
      cause: error,
    });
  }
}

/** What a model says of samples, and how good that is where their labels are known. */
export function predict(
  engine: Engine,
  { card, parameters }: ExportedModel,
  { dataset, isLabelled, names }: FoundSamples,
): Predictions {
  const offset = datasetKindOf(card.dataset).reader.targetOffset?.(card.dataset as never) ?? 0;
  const input = { spec: card.model, parameters, dataset };
  const predictions = predictSamples(engine, input).map((prediction, row): NamedPrediction => {
    const label = isLabelled && dataset.boxes === undefined ? { label: dataset.labels[row]! + offset } : {};
    const told = "target" in prediction ? { target: prediction.target + offset } : prediction;
    return { sample: names[row]!, prediction: told, ...label };
  });
  if (!isLabelled) return { predictions, evaluation: undefined };
  try {
    return { predictions, evaluation: evaluateModel(engine, input) };
  } catch (error) {
    // All of one class, for example: that says nothing against the predictions.
    if (!(error instanceof BaseError && error.code === "NOTHING_TO_SCORE")) throw error;
    return { predictions, evaluation: undefined, unscored: error.details ?? error.shortMessage };
  }
}
