import { BaseError } from "../../protocol/BaseError.ts";

/**
 * Most bytes of a receipt by which a message is proven: a proof with a larger one may be no transaction that a node takes
 * (Ethereum's take 128 KiB at the most), and costs more than to announce the message again. The largest receipt that
 * Freshet's contracts leave by themselves is far smaller.
 */
export const MOST_RECEIPT_BYTES = 65_536;

/** Messages whose only receipts in a block are too large to be shown to a verifier: their gateway has to announce them. */
export class ReceiptTooLarge extends BaseError {
  override readonly name = "ReceiptTooLarge";
  /** Their ids. */
  readonly messageIds: readonly string[];

  /** @param told - `bytes`: of the smallest receipt of the first of them. */
  constructor(messageIds: readonly string[], told: { blockHash: string; bytes: number }) {
    super("RECEIPT_TOO_LARGE", `The receipt of message ${messageIds[0]} is too large to prove it by.`, {
      details: `In block ${told.blockHash} it has ${told.bytes} bytes; ${MOST_RECEIPT_BYTES} can be shown. Whoever had the message sent had other logs left in the same transaction.`,
      next: "Have the origin's gateway announce it again, which leaves a small receipt: a relayer does so for the network's messages, ./freshet relay self-relay for any.",
      retryable: true,
    });
    this.messageIds = messageIds;
  }
}
