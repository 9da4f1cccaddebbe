import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { elementCount } from "../models/elementCount.ts";
import { canonicalModelSpec } from "../models/ModelSpec.ts";
import { assertParameterSizes, parameterShapes } from "../models/parameterShapes.ts";
import { decodeSafetensors } from "../safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../safetensors/SafetensorsFile.ts";
import { assertFileSize, mostFileBytes } from "./assertFileSize.ts";
import { assertCompressed, tensorEncoding } from "./compression.ts";
import type { LearningTask } from "./LearningTask.ts";
import { numericClassSchema } from "./numericClass.ts";
import { strategyOf } from "./strategies/strategyOf.ts";
import { TensorReader, tensorGroup } from "./TensorReader.ts";
import type { CompressedTensor, UpdateFile } from "./UpdateFile.ts";
import { PLAIN_PASSES, type UpdatePasses } from "./UpdatePasses.ts";
import { type UpdateEncoding, updateEncodingSchema } from "./updateEncoding.ts";
import { workerStateOf } from "./workerStateCodec.ts";

const FORMAT = "freshet-update/2";

/** Batches that an update can name. */
export const MOST_BATCHES = 4096;

const ARRAYS = { float32: Float32Array, int16: Int16Array, int8: Int8Array } as const;
const SCALES = "scales/";

const digest = z.string().regex(/^0x[0-9a-f]{64}$/, "a digest is 0x and 64 lower-case hex digits");
const metadataSchema = z.strictObject({
  format: z.literal(FORMAT),
  model: z.string(),
  fractionBits: z.string(),
  encoding: updateEncodingSchema,
  numericClass: numericClassSchema,
  base: digest,
  data: z
    .string()
    .transform((list) => list.split(","))
    .pipe(z.array(digest).max(MOST_BATCHES))
    .optional(),
  stateBefore: digest.optional(),
  stateAfter: digest.optional(),
});

/** What of a task decides how its updates look. */
export type UpdateTask = Pick<
  LearningTask,
  "model" | "fractionBits" | "strategy" | "update" | "numericClass"
>;

/**
 * Writes an update as a safetensors file: tensors `delta/<parameter>` and, with
 * SCAFFOLD, `control/<parameter>`, of type F32, I16 or I8 (F32 always for what is
 * not trained); with integers the scales of each group, `scales/delta` and
 * `scales/control`, as I32 [parameters];
 * and the metadata `format`, `model` (the spec as JSON), `fractionBits`,
 * `encoding`, `numericClass`, `base`, and if there are any, `data` (digests, with
 * commas), `stateBefore` and `stateAfter`. The same update always gives the same
 * bytes, so their digest stands for it on chain.
 *
 * @param options - `tensors`: `checked` here unless given; `right`: they are of `compress`. `memory`: where to write it if
 * there is room; new memory unless given.
 * @throws BaseError `UPDATE_METADATA`, `PARAMETERS_SHAPE`, and the errors of
 * `assertCompressed` and `encodeSafetensors`.
 *
 * @example
 * const digest = await store.put(encodeUpdate(update));
 */
export function encodeUpdate(
  update: UpdateFile,
  {
    tensors: are = "checked",
    memory,
  }: { tensors?: "checked" | "right"; memory?: Uint8Array | undefined } = {},
): Uint8Array {
  const { spec, fractionBits, encoding, numericClass, base, data, stateBefore, stateAfter } = update;
  const shapes = parameterShapes(spec);
  const group = (name: "delta" | "control"): [string, SafetensorsTensor][] => {
    const tensors = update[name];
    if (tensors === undefined) return [];
    assertParameterSizes(
      spec,
      tensors.map(({ values }) => values),
    );
    for (const [index, tensor] of are === "right" ? [] : tensors.entries()) {
      assertCompressed(`Tensor ${name}/${shapes[index]!.name}`, tensor, fractionBits);
    }
    const arrays = tensorGroup(
      `${name}/`,
      shapes,
      tensors.map(({ values }) => values),
    );
    if (encoding === "float32") return arrays;
    const scales = Int32Array.from(tensors, ({ scale }) => scale);
    return [...arrays, [SCALES + name, { shape: [scales.length], data: scales }]];
  };
  const metadata = {
    format: FORMAT,
    model: canonicalModelSpec(spec),
    fractionBits: String(fractionBits),
    encoding,
    numericClass,
    base,
    ...(data === undefined || data.length === 0 ? {} : { data: data.join(",") }),
    ...(stateBefore === undefined ? {} : { stateBefore }),
    ...(stateAfter === undefined ? {} : { stateAfter }),
  };
  parseMetadata(metadata);
  const tensors = new Map([...group("delta"), ...group("control")]);
  // `assertCompressed` has found none.
  return encodeSafetensors({ metadata, tensors }, { nan: "none", memory });
}

/** The largest update of a task, bytes: what its model takes in its encoding, and a header. */
export function mostUpdateBytes(task: Pick<UpdateTask, "model" | "strategy" | "update">): number {
  const tensorBytes = parameterShapes(task.model).map(
    (shape) =>
      elementCount(shape.shape) * ARRAYS[tensorEncoding(shape, task.update.encoding)].BYTES_PER_ELEMENT + 4,
  );
  const groupBytes = tensorBytes.reduce((sum, bytes) => sum + bytes, 0);
  return mostFileBytes(groupsOf(task).length * groupBytes);
}

/** What the tensors of a task's updates belong to. */
function groupsOf({ strategy }: Pick<UpdateTask, "strategy">): readonly string[] {
  return strategyOf(strategy).sendsControl ? ["delta", "control"] : ["delta"];
}

/**
 * Reads what {@link encodeUpdate} wrote, and nothing else: bytes from a worker
 * are not trusted.
 *
 * @param task - The task that it must belong to.
 * @param base - Digest of the global model that it must change.
 * @param memory - Whether its tensors are the caller's `own` or `shared` with `bytes`, as `decodeSafetensors` says.
 * @param passes - In JavaScript unless given.
 * @throws BaseError, of the file: `UPDATE_TOO_LARGE`, `UPDATE_VERSION`,
 * `UPDATE_METADATA`; of the task: `UPDATE_MODEL`, `UPDATE_CLASS`,
 * `UPDATE_ENCODING`, `UPDATE_BASE`; of its tensors: `UPDATE_TENSOR_MISSING`,
 * `UPDATE_TENSOR_UNKNOWN`, `UPDATE_DTYPE`, `UPDATE_SHAPE`, `UPDATE_NOT_FINITE`,
 * `UPDATE_SCALE`, `UPDATE_RANGE`; and the errors of `decodeSafetensors`.
 *
 * @example
 * const update = decodeUpdate(await store.get(digest), task, globalDigest);
 */
export function decodeUpdate(
  bytes: Uint8Array,
  task: UpdateTask,
  base: string,
  memory: "own" | "shared" = "own",
  passes: Pick<UpdatePasses, "largestBits"> = PLAIN_PASSES,
): UpdateFile {
  try {
    // Every float of an update is looked at below, and NaN is not finite: once is enough for those that are right.
    return readUpdate(bytes, task, base, passes, { memory, nan: "unchecked" });
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return readUpdate(bytes, task, base, passes, { memory, nan: "checked" });
  }
}

function readUpdate(
  bytes: Uint8Array,
  task: UpdateTask,
  base: string,
  { largestBits }: Pick<UpdatePasses, "largestBits">,
  options: Parameters<typeof decodeSafetensors>[1],
): UpdateFile {
  const shapes = parameterShapes(task.model);
  const groups = groupsOf(task);
  const arrays = shapes.map((shape) => ARRAYS[tensorEncoding(shape, task.update.encoding)]);
  assertFileSize("update", bytes, mostUpdateBytes(task));

  const { metadata: written, tensors } = decodeSafetensors(bytes, options);
  const metadata = parseMetadata(written);
  assertOfTask(metadata, task, base);
  const { encoding, numericClass, data, stateBefore, stateAfter } = metadata;
  const { fractionBits, model: spec } = task;

  const reader = new TensorReader("update", tensors);
  const take = (group: string): CompressedTensor[] => {
    const values = reader.take<CompressedTensor["values"]>(`${group}/`, shapes, arrays);
    const scales =
      encoding === "float32"
        ? undefined
        : reader.take(SCALES, [{ name: group, shape: [shapes.length] }], [Int32Array])[0]!;
    return values.map((values, index) => {
      const tensor = { values, scale: scales?.[index] ?? 1 };
      assertCompressed(`Tensor ${group}/${shapes[index]!.name}`, tensor, fractionBits, largestBits);
      return tensor;
    });
  };
  const [delta, control] = groups.map(take);
  reader.end();
  return {
    spec,
    fractionBits,
    encoding,
    numericClass,
    base,
    delta: delta!,
    ...(control === undefined ? {} : { control }),
    ...(data === undefined ? {} : { data }),
    ...(stateBefore === undefined ? {} : { stateBefore }),
    ...(stateAfter === undefined ? {} : { stateAfter }),
  };
}

type Metadata = z.infer<typeof metadataSchema>;

function parseMetadata(metadata: Readonly<Record<string, string>>): Metadata {
  if (metadata.format !== FORMAT) {
    throw new BaseError("UPDATE_VERSION", `The file is not a ${FORMAT}.`, {
      details: `Its format is ${JSON.stringify(metadata.format)?.slice(0, 100)}.`,
      next: "Use the version of Freshet that the task was published with.",
    });
  }
  const parsed = metadataSchema.safeParse(metadata);
  if (parsed.success) return parsed.data;
  throw new BaseError("UPDATE_METADATA", `The file's metadata are not those of a ${FORMAT}.`, {
    details: z.prettifyError(parsed.error),
  });
}

function assertOfTask(metadata: Metadata, task: UpdateTask, base: string): void {
  const refuse = (code: string, what: string, expected: string, actual: string | undefined) => {
    if (actual === expected) return;
    throw new BaseError(code, `The update is not ${what}.`, {
      details: `The task's is ${expected}, the update's ${actual?.slice(0, 1000)}.`,
    });
  };
  const { model, fractionBits, encoding, numericClass, stateBefore, stateAfter } = metadata;
  refuse("UPDATE_MODEL", "of the task's model", canonicalModelSpec(task.model), model);
  refuse("UPDATE_MODEL", "in the task's fraction bits", String(task.fractionBits), fractionBits);
  refuse("UPDATE_CLASS", "of the task's numeric class", task.numericClass, numericClass);
  refuse(
    "UPDATE_ENCODING",
    "in the task's encoding",
    task.update.encoding satisfies UpdateEncoding,
    encoding,
  );
  refuse("UPDATE_BASE", "on the round's global model", base, metadata.base);
  const has = workerStateOf(task);
  const isStateful = has.residual || has.control;
  if (isStateful ? stateAfter === undefined : (stateBefore ?? stateAfter) !== undefined) {
    throw new BaseError(
      "UPDATE_METADATA",
      isStateful
        ? "The update does not name the worker's state after it."
        : "The update names a worker's state, but workers of the task have none.",
    );
  }
}
