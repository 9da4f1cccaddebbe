import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { elementCount } from "../models/elementCount.ts";
import { canonicalModelSpec } from "../models/ModelSpec.ts";
import { assertParameterSizes, parameterShapes } from "../models/parameterShapes.ts";
import { decodeSafetensors } from "../safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../safetensors/encodeSafetensors.ts";
import { assertFileSize, mostFileBytes } from "./assertFileSize.ts";
import { assertFractionBits } from "./fixedPoint.ts";
import type { GlobalModel } from "./GlobalModel.ts";
import type { LearningTask } from "./LearningTask.ts";
import { strategyOf } from "./strategies/strategyOf.ts";
import { TensorReader, tensorGroup } from "./TensorReader.ts";

const FORMAT = "freshet-model/2";

const metadataSchema = z.strictObject({
  format: z.literal(FORMAT),
  fractionBits: z.string(),
  model: z.string(),
});

/**
 * Writes a global model as a safetensors file: one I32 tensor a parameter, one
 * F64 tensor `state/<name>/<parameter>` for all that the strategy's server
 * remembers, and the metadata `format`, `fractionBits` and `model` (the spec as
 * JSON). The same model always gives the same bytes, so their digest stands for
 * it on chain.
 *
 * @throws BaseError `FIXED_POINT_BITS`, `PARAMETERS_SHAPE` or `SAFETENSORS_SIZE`.
 */
export function encodeModel({ spec, fractionBits, tensors, state }: GlobalModel): Uint8Array {
  assertFractionBits(fractionBits);
  assertParameterSizes(spec, tensors);
  const shapes = parameterShapes(spec);
  return encodeSafetensors({
    metadata: { format: FORMAT, fractionBits: String(fractionBits), model: canonicalModelSpec(spec) },
    tensors: new Map([
      ...tensorGroup("", shapes, tensors),
      ...[...state].flatMap(([name, arrays]) => tensorGroup(statePrefix(name), shapes, arrays)),
    ]),
  });
}

/** What of a task decides how its global models look. */
type ModelTask = Pick<LearningTask, "model" | "fractionBits" | "strategy">;

/** The largest file of a task's global model, bytes. */
export function mostModelBytes({ model, strategy }: Pick<ModelTask, "model" | "strategy">): number {
  const elements = parameterShapes(model).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return mostFileBytes(elements * (4 + 8 * stateNames(strategy).length));
}

/** What the strategy's server remembers. */
function stateNames(strategy: ModelTask["strategy"]): string[] {
  return [...strategyOf(strategy).initialState([]).keys()];
}

/**
 * Reads what {@link encodeModel} wrote, and nothing else.
 *
 * @param task - Whose model it must be.
 * @throws BaseError `MODEL_TOO_LARGE`, `MODEL_FORMAT`, `MODEL_OTHER` (of another model or precision),
 * `MODEL_TENSOR_MISSING`, `MODEL_TENSOR_UNKNOWN`, `MODEL_DTYPE`, `MODEL_SHAPE`,
 * `MODEL_NOT_FINITE`, and the errors of `decodeSafetensors`.
 *
 * @example
 * const global = decodeModel(await store.get(digest), task);
 */
export function decodeModel(bytes: Uint8Array, task: ModelTask): GlobalModel {
  const { model: spec, fractionBits } = task;
  const shapes = parameterShapes(spec);
  const names = stateNames(task.strategy);
  assertFileSize("model", bytes, mostModelBytes(task));
  const { metadata, tensors: found } = decodeSafetensors(bytes);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) {
    throw new BaseError("MODEL_FORMAT", `The file's metadata are not those of a ${FORMAT}.`, {
      details: z.prettifyError(parsed.error),
    });
  }
  const expected = canonicalModelSpec(spec);
  if (parsed.data.model !== expected || parsed.data.fractionBits !== String(fractionBits)) {
    throw new BaseError("MODEL_OTHER", "This is not a global model of the task.", {
      details: `The task's is ${expected} with ${fractionBits} fraction bits, the file's ${parsed.data.model.slice(0, 1000)} with ${parsed.data.fractionBits.slice(0, 10)}.`,
    });
  }
  const reader = new TensorReader("model", found);
  const tensors = reader.take(
    "",
    shapes,
    shapes.map(() => Int32Array),
  );
  const state = new Map(
    names.map((name) => [
      name,
      reader.take(
        statePrefix(name),
        shapes,
        shapes.map(() => Float64Array),
      ),
    ]),
  );
  reader.end();
  for (const [name, arrays] of state) {
    if (arrays.some((values) => !values.every(Number.isFinite))) {
      throw new BaseError("MODEL_NOT_FINITE", `The server's ${name} in the model is not finite.`);
    }
  }
  return { spec, fractionBits, tensors, state };
}

function statePrefix(name: string): string {
  return `state/${name}/`;
}
