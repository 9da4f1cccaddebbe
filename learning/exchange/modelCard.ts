import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { type DatasetSpec, datasetKindOf, datasetSpecSchema } from "../datasets/DatasetSpec.ts";
import { statisticsSchema } from "../datasets/SampleReader.ts";
import { LARGEST_LOG_DISTANCE, OBJECTNESS_PRIOR } from "../detection/DetectionGrid.ts";
import { modelSpecSchema } from "../models/ModelSpec.ts";
import type { Network } from "../models/Network.ts";
import { networkOf } from "../models/networkOf.ts";

const FORMAT = "freshet-export/1";

const originSchema = z.strictObject({
  chainId: z.string().describe("Of the main chain, decimal."),
  taskManager: z.string().describe("Address of its contract there."),
  task: z.string().describe("Number of the task."),
  name: z.string().describe("Name of the task."),
  round: z.int().min(1).describe("The round that produced the model, from 1."),
  globalModel: z.string().describe("Digest of the model as the chain has it."),
  score: z.number().min(0).max(1).describe("As aggregators attested it."),
});

const cardSchema = z.strictObject({
  model: modelSpecSchema,
  origin: originSchema,
  dataset: datasetSpecSchema,
  statistics: statisticsSchema.nullable(),
});

/** What has to be known of a model to use it, and where it comes from. */
export type ModelCard = z.infer<typeof cardSchema>;

/**
 * What a file says of its model: values for programs that read it back, and for people
 * and other programs how samples become inputs and what outputs mean.
 */
export function cardFields(card: ModelCard): Record<string, unknown> {
  const { reader } = datasetKindOf(card.dataset);
  const network = networkOf(card.model);
  return {
    format: FORMAT,
    ...card,
    input: {
      shape: network.inputShape,
      type: "float32",
      axes: network.inputShape.length === 3 ? "height, width, channels" : "as in docs/models.md",
      scale: reader.scale,
      preprocessing: [
        ...reader.steps(card.dataset as never),
        ...(card.statistics === null && reader.statistics !== undefined
          ? [
              "The means and deviations are not in this file: they follow from the data that were learned from.",
            ]
          : []),
      ],
    },
    output: outputOf(network, card.dataset),
  };
}

function outputOf({ task, outputs, outputScale, grid }: Network, dataset: DatasetSpec): object {
  const { reader } = datasetKindOf(dataset);
  const names = reader.classNames?.(dataset as never);
  switch (task) {
    case "classification":
      return {
        task,
        values: outputs,
        meaning: "logits, one a class: the largest is the prediction, their softmax the probabilities",
        ...(names === undefined ? {} : { classes: names }),
      };
    case "regression":
      return {
        task,
        values: outputs,
        meaning: "the prediction is output × scale + offset",
        scale: outputScale,
        offset: reader.targetOffset?.(dataset as never) ?? 0,
      };
    case "reconstruction":
      return {
        task,
        values: outputs,
        meaning: "the input again: the mean squared difference tells how anomalous the sample is",
      };
    case "detection":
      return {
        task,
        cells: { rows: grid!.rows, columns: grid!.columns, stride: grid!.stride },
        meaning:
          "of each cell, row by row: x of the objectness σ(x + prior); logarithms of the distances from the cell's middle to left, top, right and bottom, in strides, at most `most`; logits of the categories",
        prior: OBJECTNESS_PRIOR,
        most: LARGEST_LOG_DISTANCE,
        ...(names === undefined ? {} : { categories: names }),
      };
    default:
      return task satisfies never;
  }
}

/**
 * Reads what {@link cardFields} gave.
 *
 * @throws BaseError `MODEL_FILE`.
 */
export function readCard(fields: Readonly<Record<string, unknown>>): ModelCard {
  if (fields.format !== FORMAT) {
    throw new BaseError("MODEL_FILE", "This is not a model that Freshet has exported.", {
      details: `Its metadata do not say format ${FORMAT}.`,
      next: "Export one with: freshet model export TASK.",
    });
  }
  const { model, origin, dataset, statistics } = fields;
  const parsed = cardSchema.safeParse({ model, origin, dataset, statistics });
  if (parsed.success) return parsed.data;
  throw new BaseError("MODEL_FILE", "The exported model's metadata cannot be read.", {
    details: z.prettifyError(parsed.error),
    next: "Export the model anew.",
  });
}

/** A card's fields where only texts can be stored, as JSON but for the format. */
export function cardTexts(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** The fields back, those that {@link readCard} needs. */
export function fieldsOfTexts(texts: Readonly<Record<string, string>>): Record<string, unknown> {
  const fields: Record<string, unknown> = { format: texts.format };
  for (const key of ["model", "origin", "dataset", "statistics"]) {
    try {
      fields[key] = JSON.parse(texts[key] ?? "null");
    } catch (cause) {
      throw new BaseError("MODEL_FILE", `The exported model's metadata ${key} are not JSON.`, { cause });
    }
  }
  return fields;
}
