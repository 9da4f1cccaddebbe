import { createMerkleProof } from "@ethereumjs/mpt";
import { getBytes, hexlify, id } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import type { BlockProof, ProvenReceipt } from "../../protocol/header.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { type BlockHeader, readBlockHeader } from "./blockHeader.ts";
import { encodeReceipt, placeKey, type Receipt, readReceipts, receiptsTrie } from "./blockReceipts.ts";
import { MOST_RECEIPT_BYTES, ReceiptTooLarge } from "./ReceiptTooLarge.ts";

/** Messages of one block. */
export interface ReceiptProofParameters {
  blockHash: string;
  /** The gateway that sent them. */
  gateway: string;
  /** Their ids, in the order of their nonces. */
  messageIds: readonly string[];
}

/** Proof that a gateway sent messages, once validators attest its block. */
export interface ReceiptProof extends BlockProof {
  /** What has to be attested: hash and number of the block. */
  block: BlockHeader;
}

/** First topic of the log that every message leaves (contracts/interfaces/IGateway.sol). */
const MESSAGE_INSERTED = id("MessageInserted(bytes32,uint32)");

/**
 * Proves from what a node answers that a gateway sent, or announced, messages in a block: the header, and for each
 * transaction that did so with some of them the way to its receipt; of several with one message to the smallest. What
 * the node answers is checked against the block's hash, so that a proof that comes back holds.
 *
 * @throws `BLOCK_NOT_FOUND` (retryable), `HEADER_MISMATCH`, `RECEIPTS_MISMATCH` (retryable) when the receipts are not
 * those of the header, `MESSAGE_NOT_FOUND` when the gateway did not send or announce one of the messages in that block,
 * `ReceiptTooLarge` (`RECEIPT_TOO_LARGE`) when all receipts of some of them are, and what `rpc` throws.
 *
 * @example
 * const { block, ...proof } = await proveReceipts(rpc, { blockHash, gateway, messageIds: [messageId] });
 * const attested = headerDigest({ chainId, gateway }, { blockHash: block.hash, number: block.number });
 * const calldata = encodeHeaderProof(proof, signers);
 */
export async function proveReceipts(rpc: Rpc, parameters: ReceiptProofParameters): Promise<ReceiptProof> {
  const block = await readBlockHeader(rpc, parameters.blockHash);
  const receipts = await readReceipts(rpc, block);
  const encoded = receipts.map((receipt) => encodeReceipt(block.hash, receipt));
  const trie = await receiptsTrie(block, encoded);
  const found = findMessages(receipts, encoded, parameters);
  const nodes = new Map<string, number>();
  const proven: ProvenReceipt[] = [];
  for (const { index, logs } of found) {
    const path: number[] = [];
    for (const bytes of await createMerkleProof(trie, placeKey(index))) {
      const node = hexlify(bytes);
      // The first levels are shared by most receipts; each node is sent once.
      if (!nodes.has(node)) nodes.set(node, nodes.size);
      path.push(nodes.get(node)!);
    }
    proven.push({ index, path, logs });
  }
  return { block, header: block.encoded, nodes: [...nodes.keys()], receipts: proven };
}

/** Where the logs of the messages are, by transaction: of several of one message, in the smallest receipt. */
function findMessages(
  receipts: readonly Receipt[],
  encoded: readonly Uint8Array[],
  { blockHash, gateway, messageIds }: ReceiptProofParameters,
): { index: number; logs: number[] }[] {
  const places = new Map<string, { index: number; log: number; bytes: number }>();
  for (const [index, { logs }] of receipts.entries()) {
    const bytes = encoded[index]!.length;
    for (const [log, { address, topics, data }] of logs.entries()) {
      const [event, messageId, ...more] = topics;
      if (address.toLowerCase() !== gateway.toLowerCase() || event !== MESSAGE_INSERTED) continue;
      // As the verifier wants it: two topics and one word.
      if (messageId === undefined || more.length > 0 || getBytes(data).length !== 32) continue;
      // A message may have been announced again in the block that it was sent in.
      if (bytes < (places.get(messageId)?.bytes ?? Number.POSITIVE_INFINITY))
        places.set(messageId, { index, log, bytes });
    }
  }
  const found: { index: number; logs: number[] }[] = [];
  const tooLarge: { messageId: string; bytes: number }[] = [];
  for (const messageId of messageIds) {
    const place = places.get(messageId.toLowerCase());
    if (place === undefined) {
      throw new BaseError("MESSAGE_NOT_FOUND", `Message ${messageId} was not sent in block ${blockHash}.`, {
        details: `The gateway ${gateway} sent ${places.size} other messages in it.`,
        next: "Look for the message's MessageInserted event again: its block may have been reorganized away.",
      });
    }
    const { index, log, bytes } = place;
    if (bytes > MOST_RECEIPT_BYTES) tooLarge.push({ messageId, bytes });
    const last = found.at(-1);
    if (last?.index === index) last.logs.push(log);
    else found.push({ index, logs: [log] });
  }
  const [first] = tooLarge;
  if (first === undefined) return found;
  const ids = tooLarge.map(({ messageId }) => messageId);
  throw new ReceiptTooLarge(ids, { blockHash, bytes: first.bytes });
}
