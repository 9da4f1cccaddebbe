import { createMPT } from "@ethereumjs/mpt";
import { encodeRlp, getBytes, hexlify } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { type Rpc, RpcRefusal } from "../rpc/Rpc.ts";
import { type BlockHeader, encodeNumber } from "./blockHeader.ts";
import { rlpOf } from "./rlpOf.ts";

/** A log as JSON-RPC gives it. */
export interface Log {
  address: string;
  topics: readonly string[];
  data: string;
}

/** A receipt as JSON-RPC gives it: what the receipts' root is of. */
export interface Receipt {
  type?: string;
  /** Of blocks before Byzantium, in place of a status. */
  root?: string;
  status?: string;
  cumulativeGasUsed: string;
  logsBloom: string;
  logs: readonly Log[];
}

/**
 * All receipts of a block, in the order of its transactions, as a node answers.
 *
 * @throws `RECEIPTS_MISMATCH` (retryable) when one is missing.
 */
export async function readReceipts(rpc: Rpc, { hash, transactions }: BlockHeader): Promise<Receipt[]> {
  const together = await readReceiptsTogether(rpc, hash);
  if (together !== null) return together;
  const receipts: Receipt[] = [];
  for (const transaction of transactions) {
    const receipt = (await rpc.request("eth_getTransactionReceipt", [transaction])) as Receipt | null;
    if (receipt === null) throw receiptsMismatch(hash, `Transaction ${transaction} has none.`);
    receipts.push(receipt);
  }
  return receipts;
}

/** Not every node has this method, and not every one takes a hash; null when this one does not. */
async function readReceiptsTogether(rpc: Rpc, blockHash: string): Promise<Receipt[] | null> {
  try {
    const answer = await rpc.request("eth_getBlockReceipts", [blockHash]);
    return Array.isArray(answer) ? (answer as Receipt[]) : null;
  } catch (error) {
    if (error instanceof RpcRefusal) return null;
    throw error;
  }
}

/** The trie of a block's receipts. @throws `RECEIPTS_MISMATCH` (retryable) when it is not its header's. */
export async function receiptsTrie({ hash, receiptsRoot }: BlockHeader, encoded: readonly Uint8Array[]) {
  const trie = await createMPT();
  for (const [index, bytes] of encoded.entries()) await trie.put(placeKey(index), bytes);
  const root = hexlify(trie.root());
  if (root !== receiptsRoot) {
    throw receiptsMismatch(hash, `${encoded.length} receipts give the root ${root}, not ${receiptsRoot}.`);
  }
  return trie;
}

/** Under what a trie of a block keeps what has a place in it. */
export function placeKey(index: number): Uint8Array {
  return getBytes(encodeRlp(encodeNumber(index)));
}

/** EIP-2718: the type before the RLP of the fields; receipts of the first kind of transaction have no type. */
export function encodeReceipt(blockHash: string, receipt: Receipt): Uint8Array {
  try {
    const type = BigInt(receipt.type ?? 0);
    const fields = rlpOf([
      getBytes(receipt.root ?? encodeNumber(receipt.status!)),
      getBytes(encodeNumber(receipt.cumulativeGasUsed)),
      getBytes(receipt.logsBloom),
      receipt.logs.map(({ address, topics, data }) => [
        getBytes(address),
        topics.map((topic) => getBytes(topic)),
        getBytes(data),
      ]),
    ]);
    return type === 0n ? fields : Buffer.concat([getBytes(encodeNumber(type)), fields]);
  } catch (cause) {
    throw receiptsMismatch(blockHash, "A receipt lacks a field, or one is malformed.", cause);
  }
}

function receiptsMismatch(blockHash: string, details: string, cause?: unknown): BaseError {
  return new BaseError(
    "RECEIPTS_MISMATCH",
    `The receipts of block ${blockHash} are not those of its header.`,
    {
      details,
      next: "Use another node.",
      retryable: true,
      cause,
    },
  );
}
