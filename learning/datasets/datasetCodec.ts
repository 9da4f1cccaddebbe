import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { BOX_FIELDS } from "../detection/sampleBoxes.ts";
import { decodeSafetensors } from "../safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../safetensors/SafetensorsFile.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";

const FORMAT = "freshet-dataset/2";

const metadataSchema = z.strictObject({
  format: z.literal(FORMAT),
  classes: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,2})$/)
    .transform(Number),
  scale: z.string().transform(Number),
});

/**
 * Writes a dataset as a safetensors file: tensor `features` (U8 or F32, shape
 * [n, ...sampleShape]), tensor `labels` (U8, or F32 for real targets, shape [n]),
 * where known `clients` (I32, shape [n]), of scenes `boxes` (F32, shape [n, k, 5]),
 * and the metadata `format`, `classes` and
 * `scale`. This is how the data that a device's owner
 * allows to leave reaches its twin through content-addressed storage. The same
 * dataset always gives the same bytes.
 *
 * @throws BaseError as `assertDataset`.
 *
 * @example
 * const digest = await store.put(encodeDataset(applyPrivacyPolicy(policy, held, random)));
 */
export function encodeDataset(dataset: Dataset): Uint8Array {
  assertDataset(dataset);
  const { features, sampleShape, scale, labels, classes, clients, boxes } = dataset;
  const shape = [labels.length];
  return encodeSafetensors({
    metadata: { format: FORMAT, classes: String(classes), scale: String(scale) },
    tensors: new Map<string, SafetensorsTensor>([
      ["features", { shape: [...shape, ...sampleShape], data: features }],
      ["labels", { shape, data: labels }],
      ...(clients === undefined ? [] : [clientsTensor(shape, clients)]),
      ...(boxes === undefined ? [] : [boxesTensor(labels.length, boxes)]),
    ]),
  });
}

/**
 * Reads what {@link encodeDataset} wrote, and nothing else.
 *
 * @throws BaseError `DATASET_FORMAT` when the file is not of this format, the
 * errors of `decodeSafetensors` when it is damaged, those of `assertDataset`
 * when its content does not fit together.
 */
export function decodeDataset(bytes: Uint8Array): Dataset {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) {
    throw new BaseError("DATASET_FORMAT", `The file's metadata are not those of a ${FORMAT}.`, {
      details: z.prettifyError(parsed.error),
    });
  }
  const { classes, scale } = parsed.data;
  const features = tensors.get("features");
  const labels = tensors.get("labels");
  const clients = tensors.get("clients");
  const boxes = tensors.get("boxes");
  if (
    tensors.size !== 2 + (clients === undefined ? 0 : 1) + (boxes === undefined ? 0 : 1) ||
    features === undefined ||
    !isBytesOrFloats(features.data) ||
    labels === undefined ||
    !isBytesOrFloats(labels.data) ||
    labels.shape.length !== 1 ||
    features.shape[0] !== labels.shape[0] ||
    (clients !== undefined && !isClients(clients, labels.shape)) ||
    (boxes !== undefined && !isBoxes(boxes, labels.shape)) ||
    String(scale) !== metadata.scale
  ) {
    throw new BaseError("DATASET_FORMAT", "The file does not hold the tensors of a dataset.", {
      details:
        "Needed are features (U8 or F32, [n, …]) and labels (U8 or F32, [n]), beside them only clients (I32 ≥ 0, [n]) and boxes (F32, [n, k, 5]).",
    });
  }
  const dataset = {
    features: features.data,
    sampleShape: features.shape.slice(1),
    scale,
    labels: labels.data,
    classes,
    ...(clients === undefined ? {} : { clients: Uint32Array.from(clients.data) }),
    ...(boxes === undefined ? {} : { boxes: boxes.data as Float32Array }),
  };
  assertDataset(dataset);
  return dataset;
}

function clientsTensor(shape: readonly number[], clients: Uint32Array): [string, SafetensorsTensor] {
  return ["clients", { shape, data: Int32Array.from(clients) }];
}

function boxesTensor(samples: number, boxes: Float32Array): [string, SafetensorsTensor] {
  const most = samples === 0 ? 0 : boxes.length / BOX_FIELDS / samples;
  return ["boxes", { shape: [samples, most, BOX_FIELDS], data: boxes }];
}

function isBoxes({ shape, data }: SafetensorsTensor, samples: readonly number[]): boolean {
  return (
    data instanceof Float32Array && shape.length === 3 && shape[0] === samples[0] && shape[2] === BOX_FIELDS
  );
}

function isClients({ shape, data }: SafetensorsTensor, samples: readonly number[]): boolean {
  return data instanceof Int32Array && shape.join() === samples.join() && data.every((client) => client >= 0);
}

function isBytesOrFloats(data: SafetensorsTensor["data"]): data is Uint8Array | Float32Array {
  return data instanceof Uint8Array || data instanceof Float32Array;
}
