import type { UpdateFile } from "../learning/federated/UpdateFile.ts";
import { decodeUpdate, mostUpdateBytes, type UpdateTask } from "../learning/federated/updateCodec.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { decodeEngineId } from "../protocol/engineId.ts";
import { areEnough, type ReceiptRule } from "../protocol/receipts.ts";
import { isContentFault } from "../storage/isContentFault.ts";

/** What the updates of a round are judged by. */
export interface AcceptanceRule {
  /** The task's. */
  readonly task: UpdateTask;
  /** Digest of the round's global model. */
  readonly base: string;
  /** Who must have signed that they hold an update. */
  readonly receipts: ReceiptRule;
}

/** A revealed update, as it is offered to a round. */
export interface OfferedUpdate {
  /** The engine that it was committed to with, bytes32. */
  readonly engine: string;
  /** Its leaf under the round's root, which receipts are signed for. */
  readonly leaf: string;
  /** Storage receipts that its reveal carried, packed. */
  readonly receipts: string;
  /** Gives its file of so many bytes at the most; called only if the rest is right. */
  readonly read: (mostBytes: number) => Promise<Uint8Array>;
}

/**
 * The rule of acceptance, one for aggregators and auditors: an update may be taken
 * if and only if it was committed to with an engine of the task's numeric class, its
 * reveal carried storage receipts of enough of the task's aggregators, and its bytes
 * are, no more than such an update can have, an update of the task's model, encoding
 * and class on the round's global model. So it depends on nothing that some see in
 * storage and others do not. Which of those the strategy takes is for
 * `aggregateUpdates` to say.
 *
 * @returns The decoded update, or the error that keeps it out.
 * @throws what `read` throws: that the bytes cannot be had here is no verdict on an update that others hold.
 *
 * @example
 * const file = await acceptUpdate({ task, base, receipts }, { engine, leaf, receipts: packed, read });
 * if (file instanceof BaseError) leftOut.push({ update, code: file.code });
 */
export async function acceptUpdate(
  { task, base, receipts: rule }: AcceptanceRule,
  { engine, leaf, receipts, read }: OfferedUpdate,
): Promise<UpdateFile | BaseError> {
  const wrong = verdictOf(() => {
    assertEngine(engine, task);
    assertReceipts(receipts, leaf, rule);
  });
  if (wrong instanceof BaseError) return wrong;
  const bytes = await read(mostUpdateBytes(task)).catch((error: unknown) => {
    if (isContentFault(error)) return error;
    throw error;
  });
  return bytes instanceof BaseError ? bytes : verdictOf(() => decodeUpdate(bytes, task, base));
}

function assertReceipts(receipts: string, leaf: string, rule: ReceiptRule): void {
  if (areEnough(receipts, leaf, rule)) return;
  throw new BaseError("NO_RECEIPTS", "Its reveal does not show that enough aggregators hold the update.", {
    details: `Storage receipts of ${rule.attestations} of the task's ${rule.aggregators.length} aggregators are needed.`,
  });
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
