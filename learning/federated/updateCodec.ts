// Being replaced, with these signatures (task: LearningTask, which a TaskSpec is):
//   modelCodec.ts    encodeModel(global: GlobalModel, strategy): bytes; decodeModel(bytes, task): GlobalModel  (freshet-model/2)
//                    initialGlobalModel(task): GlobalModel
//   updateCodec.ts   encodeUpdate(update: UpdateFile): bytes; decodeUpdate(bytes, task, base digest): UpdateFile  (freshet-update/2)
//   workerStateCodec.ts  encodeWorkerState / decodeWorkerState(bytes, task): WorkerState
//   fitRound.ts      fitRound({ task, round, global, base, state?: { digest, state }, dataset, data?: digests, stream, train, digestOf })
//                    → { update: bytes, workerState?: bytes (store it beside the update), result: TrainResult }
//   aggregateUpdates.ts  aggregateUpdates({ task, round, global, updates: { update: UpdateFile, weight }[] }): GlobalModel
// A worker's state is that of its last update that the subchain accepted: fetch that update, its `stateAfter`, decode, pass it.
import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { canonicalModelSpec, type ModelSpec, modelSpecSchema } from "../models/ModelSpec.ts";
import { assertParameterSizes, parameterShapes } from "../models/parameterShapes.ts";
import { decodeSafetensors } from "../safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../safetensors/SafetensorsFile.ts";
import { assertFractionBits, type FixedPointModel } from "./fixedPoint.ts";

const FORMAT = "freshet-model/1";

const metadataSchema = z.strictObject({
  format: z.literal(FORMAT),
  fractionBits: z
    .string()
    .regex(/^([12]?[0-9]|30)$/)
    .transform(Number),
  model: z.string(),
});

/** What a reader knows beforehand, from the task. */
export interface ExpectedUpdate {
  readonly spec: ModelSpec;
  readonly fractionBits: number;
}

/**
 * Writes a model or an update as a safetensors file: one I32 tensor a parameter,
 * and the metadata `format`, `fractionBits` and `model` (the spec as JSON). The
 * same model always gives the same bytes, so their digest stands for it on chain.
 *
 * @throws BaseError `FIXED_POINT_BITS` or `PARAMETERS_SHAPE`.
 *
 * @example
 * const bytes = encodeUpdate(toFixedPoint(spec, parameters));
 */
export function encodeUpdate({ spec, fractionBits, tensors }: FixedPointModel): Uint8Array {
  assertFractionBits(fractionBits);
  assertParameterSizes(spec, tensors);
  return encodeSafetensors({
    metadata: { format: FORMAT, fractionBits: String(fractionBits), model: canonicalModelSpec(spec) },
    tensors: new Map(
      parameterShapes(spec).map(({ name, shape }, index): [string, SafetensorsTensor] => [
        name,
        { shape, data: tensors[index]! },
      ]),
    ),
  });
}

/**
 * Reads what {@link encodeUpdate} wrote, and nothing else: bytes from a worker
 * are not trusted.
 *
 * @param expected - The task's model; when given, an update of another is refused.
 * @throws BaseError `UPDATE_FORMAT`, `UPDATE_MODEL` (another model or precision
 * than expected), `UPDATE_TENSOR_MISSING`, `UPDATE_TENSOR_UNKNOWN`,
 * `UPDATE_DTYPE`, `UPDATE_SHAPE`, and the errors of `decodeSafetensors`.
 *
 * @example
 * const model = decodeUpdate(await store.get(digest), { spec: task.model, fractionBits: 20 });
 */
export function decodeUpdate(bytes: Uint8Array, expected?: ExpectedUpdate): FixedPointModel {
  const { metadata, tensors: found } = decodeSafetensors(bytes);
  const { spec, fractionBits } = parseMetadata(metadata);
  if (expected !== undefined) assertExpected({ spec, fractionBits }, expected);

  const shapes = parameterShapes(spec);
  const tensors = shapes.map(({ name, shape }) => {
    const tensor = found.get(name);
    if (tensor === undefined) {
      throw new BaseError("UPDATE_TENSOR_MISSING", `The update has no tensor ${name}.`);
    }
    if (!(tensor.data instanceof Int32Array)) {
      throw new BaseError("UPDATE_DTYPE", `Tensor ${name} of the update is not of type I32.`);
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new BaseError("UPDATE_SHAPE", `Tensor ${name} of the update has the wrong shape.`, {
        details: `The model needs [${shape}], the file has [${tensor.shape}].`,
      });
    }
    return tensor.data;
  });
  const names = new Set(shapes.map(({ name }) => name));
  const unknown = [...found.keys()].find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new BaseError("UPDATE_TENSOR_UNKNOWN", `The model has no tensor ${JSON.stringify(unknown)}.`);
  }
  return { spec, fractionBits, tensors };
}

function parseMetadata(metadata: Readonly<Record<string, string>>): ExpectedUpdate {
  try {
    const { model, fractionBits } = metadataSchema.parse(metadata);
    const spec = modelSpecSchema.parse(JSON.parse(model));
    if (canonicalModelSpec(spec) !== model) throw new Error("The model's JSON is not in its one form.");
    return { spec, fractionBits };
  } catch (cause) {
    throw new BaseError("UPDATE_FORMAT", `The file's metadata are not those of a ${FORMAT}.`, {
      details: cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause),
      cause,
    });
  }
}

function assertExpected(actual: ExpectedUpdate, expected: ExpectedUpdate): void {
  const actualModel = canonicalModelSpec(actual.spec);
  const expectedModel = canonicalModelSpec(expected.spec);
  if (actualModel !== expectedModel || actual.fractionBits !== expected.fractionBits) {
    throw new BaseError("UPDATE_MODEL", "The update is not of the task's model.", {
      details: `The task's model is ${expectedModel} with ${expected.fractionBits} fraction bits, the update's ${actualModel} with ${actual.fractionBits}.`,
    });
  }
}
