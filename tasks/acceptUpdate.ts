import type { UpdateFile } from "../learning/federated/UpdateFile.ts";
import { decodeUpdate, mostUpdateBytes, type UpdateTask } from "../learning/federated/updateCodec.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { decodeEngineId } from "../protocol/engineId.ts";

/** A revealed update, as it is offered to a round. */
export interface OfferedUpdate {
  /** The engine that it was committed to with, bytes32. */
  readonly engine: string;
  /** Its file of so many bytes at the most, or why storage has none; called only if the rest is right. */
  readonly read: (mostBytes: number) => Promise<Uint8Array | BaseError>;
}

/**
 * The rule of acceptance, one for aggregators and auditors: an update may be taken
 * if and only if it was committed to with an engine of the task's numeric class, its
 * bytes are in storage under its digest, no more than such an update can have, and they are an update of the task's model,
 * encoding and class on the round's global model. Which of those the strategy takes
 * is for `aggregateUpdates` to say.
 *
 * @param base - Digest of the round's global model.
 * @returns The decoded update, or the error that keeps it out.
 * @throws what `read` throws: that nothing can be known of an update is no verdict on it.
 *
 * @example
 * const file = await acceptUpdate(spec, base, { engine, read: (mostBytes) => updates.get(update, mostBytes) });
 * if (file instanceof BaseError) leftOut.push({ update, code: file.code });
 */
export async function acceptUpdate(
  task: UpdateTask,
  base: string,
  { engine, read }: OfferedUpdate,
): Promise<UpdateFile | BaseError> {
  const wrong = verdictOf(() => assertEngine(engine, task));
  if (wrong instanceof BaseError) return wrong;
  const bytes = await read(mostUpdateBytes(task));
  return bytes instanceof BaseError ? bytes : verdictOf(() => decodeUpdate(bytes, task, base));
}

function assertEngine(engine: string, { numericClass }: UpdateTask): void {
  const committed = decodeEngineId(engine).numericClass;
  if (committed === numericClass) return;
  throw new BaseError("UPDATE_CLASS", `The update was committed to as computed with ${committed}.`, {
    details: `The task's numeric class is ${numericClass}.`,
  });
}

/** A refusal as a value; anything else that is thrown is a fault of ours. */
function verdictOf<T>(examine: () => T): T | BaseError {
  try {
    return examine();
  } catch (error) {
    if (error instanceof BaseError) return error;
    throw error;
  }
}
