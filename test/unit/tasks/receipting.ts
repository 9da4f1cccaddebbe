import { id, Wallet } from "ethers";

import { type RevealedUpdate, updateLeaf } from "../../../protocol/leaves.ts";
import { packReceipts, type ReceiptRule, signReceipt } from "../../../protocol/receipts.ts";
import type { ReceiptedUpdate } from "../../../tasks/acceptUpdates.ts";

/** Keys of a task's three aggregators, of whom two are enough. */
export const AGGREGATOR_KEYS = [0, 1, 2].map((index) => new Wallet(id(`aggregator ${index}`)));

/** Whose receipts updates need. */
export const RECEIPT_RULE: ReceiptRule = {
  domain: { chainId: 1n, taskManager: `0x${"1".repeat(40)}` },
  aggregators: AGGREGATOR_KEYS.map(({ address }) => address),
  attestations: 2,
};

/** Receipts for an update of the aggregators at those places. */
export async function receiptsFor(
  update: RevealedUpdate,
  places: readonly number[] = [0, 1],
  rule: Pick<ReceiptRule, "domain"> = RECEIPT_RULE,
): Promise<string> {
  const leaf = updateLeaf(update);
  const receipts = places.map(async (place) => ({
    place,
    signature: await signReceipt(AGGREGATOR_KEYS[place]!, rule.domain, leaf),
  }));
  return packReceipts(await Promise.all(receipts));
}

/** An update with receipts of enough aggregators. */
export async function receipted(update: RevealedUpdate): Promise<ReceiptedUpdate> {
  return { ...update, receipts: await receiptsFor(update) };
}
