import type { UpdateFile } from "../learning/federated/UpdateFile.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { type RevealedUpdate, updateLeaf } from "../protocol/leaves.ts";
import { type AcceptanceRule, acceptUpdate } from "./acceptUpdate.ts";

/** An update as its reveal tells it, with the storage receipts that came with it. */
export type ReceiptedUpdate = RevealedUpdate & { readonly receipts: string };

/** Updates that are read and decoded at the same time; beside them the decoded ones are kept. */
const READ_TOGETHER = 8;

/**
 * The rule of acceptance over a whole round, one for aggregators and auditors:
 * `acceptUpdate` for each, and of those with the same digest only the first, on
 * whichever subchains they are.
 *
 * @param offered - Of all subchains in the task's order, of each in the order of the reveals.
 * @param read - Gives the file of an update that enough aggregators hold.
 * @returns For each the decoded update, or the error that keeps it out.
 * @throws what `read` throws.
 */
export async function acceptUpdates(
  rule: AcceptanceRule,
  offered: readonly ReceiptedUpdate[],
  read: (update: ReceiptedUpdate, mostBytes: number) => Promise<Uint8Array>,
): Promise<(UpdateFile | BaseError)[]> {
  const verdicts: (UpdateFile | BaseError)[] = [];
  const taken = new Map<string, string>();
  for (let first = 0; first < offered.length; first += READ_TOGETHER) {
    const batch = offered.slice(first, first + READ_TOGETHER);
    const judged = await Promise.all(
      batch.map((update) =>
        acceptUpdate(rule, {
          engine: update.engine,
          leaf: updateLeaf(update),
          receipts: update.receipts,
          read: (mostBytes) => read(update, mostBytes),
        }),
      ),
    );
    for (const [i, { update, worker }] of batch.entries()) {
      const before = taken.get(update);
      if (!(judged[i] instanceof BaseError)) taken.set(update, before ?? worker);
      verdicts.push(before === undefined ? judged[i]! : copied(before));
    }
  }
  return verdicts;
}

function copied(worker: string): BaseError {
  return new BaseError("UPDATE_COPIED", `The update is the same as that of ${worker}.`);
}
