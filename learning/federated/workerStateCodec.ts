import { BaseError } from "../../protocol/BaseError.ts";
import { elementCount } from "../models/elementCount.ts";
import { canonicalModelSpec } from "../models/ModelSpec.ts";
import { parameterShapes } from "../models/parameterShapes.ts";
import { decodeSafetensors } from "../safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../safetensors/encodeSafetensors.ts";
import { assertFileSize, mostFileBytes } from "./assertFileSize.ts";
import type { LearningTask } from "./LearningTask.ts";
import { strategyOf } from "./strategies/strategyOf.ts";
import { TensorReader, tensorGroup } from "./TensorReader.ts";
import type { WorkerState } from "./WorkerState.ts";

const FORMAT = "freshet-worker-state/1";

type StatefulTask = Pick<LearningTask, "model" | "fractionBits" | "strategy" | "update">;

/** What of {@link WorkerState} a task's workers have. */
export function workerStateOf(task: Pick<LearningTask, "strategy" | "update">): {
  residual: boolean;
  control: boolean;
} {
  return {
    residual: task.update.encoding !== "float32",
    control: strategyOf(task.strategy).sendsControl,
  };
}

/**
 * Writes a worker's state as a safetensors file: F32 tensors
 * `residual/<parameter>`, I32 tensors `control/<parameter>`, as the task has them.
 *
 * @throws BaseError `SAFETENSORS_SIZE`.
 */
export function encodeWorkerState(state: WorkerState, task: StatefulTask): Uint8Array {
  const shapes = parameterShapes(task.model);
  return encodeSafetensors({
    metadata: metadataOf(task),
    tensors: new Map([
      ...(state.residual === undefined ? [] : tensorGroup("residual/", shapes, state.residual)),
      ...(state.control === undefined ? [] : tensorGroup("control/", shapes, state.control)),
    ]),
  });
}

/** The largest file of a worker's state in a task, bytes. */
export function mostStateBytes(task: Pick<LearningTask, "model" | "strategy" | "update">): number {
  const has = workerStateOf(task);
  const elements = parameterShapes(task.model).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return mostFileBytes(4 * elements * (Number(has.residual) + Number(has.control)));
}

/**
 * Reads what {@link encodeWorkerState} wrote, and nothing else.
 *
 * @throws BaseError `STATE_TOO_LARGE`, `STATE_FORMAT`, `STATE_TENSOR_MISSING`, `STATE_TENSOR_UNKNOWN`,
 * `STATE_DTYPE`, `STATE_SHAPE`, `STATE_NOT_FINITE`, and the errors of `decodeSafetensors`.
 */
export function decodeWorkerState(bytes: Uint8Array, task: StatefulTask): WorkerState {
  const has = workerStateOf(task);
  const shapes = parameterShapes(task.model);
  assertFileSize("state", bytes, mostStateBytes(task));
  const { metadata, tensors } = decodeSafetensors(bytes);
  const expected = metadataOf(task);
  for (const key of new Set([...Object.keys(metadata), ...Object.keys(expected)])) {
    if (metadata[key] === expected[key]) continue;
    throw new BaseError("STATE_FORMAT", "This is not a worker's state of the task.", {
      details: `Its ${key.slice(0, 100)} is ${metadata[key]?.slice(0, 1000)} instead of ${expected[key]}.`,
    });
  }
  const reader = new TensorReader("state", tensors);
  const residual = has.residual
    ? reader.take(
        "residual/",
        shapes,
        shapes.map(() => Float32Array),
      )
    : undefined;
  const control = has.control
    ? reader.take(
        "control/",
        shapes,
        shapes.map(() => Int32Array),
      )
    : undefined;
  reader.end();
  if (residual?.some((values) => !values.every(Number.isFinite))) {
    throw new BaseError("STATE_NOT_FINITE", "The residual in the worker's state is not finite.");
  }
  return { residual, control };
}

function metadataOf({ model, fractionBits }: StatefulTask): Record<string, string> {
  return { format: FORMAT, fractionBits: String(fractionBits), model: canonicalModelSpec(model) };
}
