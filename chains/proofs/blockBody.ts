import { createMPT } from "@ethereumjs/mpt";
import { getBytes, hexlify, keccak256, Transaction, type TransactionLike, toQuantity } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import type { BlockHeader, DecodedHeader } from "./blockHeader.ts";
import { encodeReceipt, type Log, placeKey, readReceipts } from "./blockReceipts.ts";
import { countedRlp } from "./countedRlp.ts";

/** A block's transactions and receipts in the form that its header's roots are of. */
export interface BlockBody {
  /** As EIP-2718 has them, in their order. */
  transactions: readonly Uint8Array[];
  receipts: readonly Uint8Array[];
}

/** Whose roots a body is held against. */
type Roots = Pick<BlockHeader, "transactionsRoot" | "receiptsRoot"> & { hash: string };

/** A log with its place, as `eth_getLogs` gives it. */
export interface PlacedLog extends Log {
  blockNumber: string;
  blockHash: string;
  transactionHash: string;
  transactionIndex: string;
  logIndex: string;
}

/**
 * Reads all transactions and receipts of a block from a node, so that what comes back is the header's.
 *
 * @throws `BLOCK_NOT_FOUND` (retryable); `BODY_MISMATCH` when what the node answers does not lead to the header's roots,
 * or cannot be encoded: a chain may have kinds of transactions of its own; what `rpc` throws.
 */
export async function readBlockBody(rpc: Rpc, header: BlockHeader): Promise<BlockBody> {
  const block = (await rpc.request("eth_getBlockByHash", [header.hash, true])) as {
    transactions: readonly Record<string, unknown>[];
  } | null;
  if (block === null) {
    throw new BaseError("BLOCK_NOT_FOUND", `The node does not know block ${header.hash}.`, {
      retryable: true,
    });
  }
  const receipts = await readReceipts(rpc, header);
  const body = {
    transactions: block.transactions.map((transaction) => encodeTransaction(header.hash, transaction)),
    receipts: receipts.map((receipt) => encodeReceipt(header.hash, receipt)),
  };
  await requireBody(header, body);
  return body;
}

/**
 * Returns when a body is a header's: all of its transactions and receipts, and nothing else.
 *
 * @throws `BODY_MISMATCH` naming the root that they do not lead to.
 */
export async function requireBody(header: Roots, { transactions, receipts }: BlockBody): Promise<void> {
  await requireRoot(header.hash, "transactions", header.transactionsRoot, transactions);
  await requireRoot(header.hash, "receipts", header.receiptsRoot, receipts);
  if (transactions.length === receipts.length) return;
  throw bodyMismatch(
    header.hash,
    `It has ${transactions.length} transactions, and ${receipts.length} receipts.`,
  );
}

/**
 * The logs of a block, in their order.
 *
 * @throws `BODY_MISMATCH` when a receipt is none.
 */
export function logsOf({ hash, number }: DecodedHeader, { transactions, receipts }: BlockBody): PlacedLog[] {
  const logs: PlacedLog[] = [];
  for (const [index, receipt] of receipts.entries()) {
    const transactionHash = keccak256(transactions[index]!);
    for (const log of receiptLogs(hash, receipt)) {
      logs.push({
        ...log,
        blockNumber: number,
        blockHash: hash,
        transactionHash,
        transactionIndex: toQuantity(index),
        logIndex: toQuantity(logs.length),
      });
    }
  }
  return logs;
}

/**
 * A transaction as `eth_getTransactionByHash` gives it: what ethers reads of one.
 *
 * @throws `BODY_MISMATCH` when it is none that can be read.
 */
export function transactionOf(
  { hash: blockHash, number: blockNumber }: DecodedHeader,
  encoded: Uint8Array,
  index: number,
): Record<string, unknown> {
  const read = readTransaction(blockHash, encoded);
  return {
    ...{ hash: read.hash, blockHash, blockNumber, transactionIndex: toQuantity(index) },
    ...{ from: read.from, to: read.to, input: read.data, type: toQuantity(read.type ?? 0) },
    ...{ nonce: toQuantity(read.nonce), gas: toQuantity(read.gasLimit), value: toQuantity(read.value) },
    ...(read.gasPrice === null ? {} : { gasPrice: toQuantity(read.gasPrice) }),
    ...(read.maxFeePerGas === null ? {} : { maxFeePerGas: toQuantity(read.maxFeePerGas) }),
    ...(read.maxPriorityFeePerGas === null
      ? {}
      : { maxPriorityFeePerGas: toQuantity(read.maxPriorityFeePerGas) }),
    chainId: toQuantity(read.chainId),
    ...{ r: read.signature!.r, s: read.signature!.s, v: toQuantity(read.signature!.v) },
  };
}

function readTransaction(blockHash: string, encoded: Uint8Array): Transaction {
  try {
    const read = Transaction.from(hexlify(encoded));
    if (read.isSigned()) return read;
  } catch (cause) {
    throw bodyMismatch(blockHash, `Transaction ${keccak256(encoded)} cannot be read.`, cause);
  }
  throw bodyMismatch(blockHash, `Transaction ${keccak256(encoded)} is not signed.`);
}

/** EIP-2718 of a transaction as JSON-RPC gives it. */
function encodeTransaction(blockHash: string, transaction: Record<string, unknown>): Uint8Array {
  const { input, gas, r, s, v, yParity, type, chainId, gasPrice, ...others } = transaction;
  const kind = Number(type ?? 0);
  const legacy = kind === 0;
  try {
    const encoded = Transaction.from({
      ...pick(others, ["to", "value", "accessList", "authorizationList"]),
      ...pick(others, ["maxFeePerGas", "maxPriorityFeePerGas", "maxFeePerBlobGas", "blobVersionedHashes"]),
      ...(kind < 2 ? { gasPrice } : {}),
      ...(legacy ? {} : { chainId }),
      ...{ type: kind, nonce: Number(others.nonce), gasLimit: gas, data: input },
      signature: { r, s, ...(legacy ? { v } : { yParity: Number(yParity ?? v) }) },
    } as TransactionLike);
    if (encoded.hash === transaction.hash) return getBytes(encoded.serialized);
  } catch (cause) {
    throw bodyMismatch(blockHash, `Transaction ${String(transaction.hash)} cannot be encoded.`, cause);
  }
  throw bodyMismatch(blockHash, `Transaction ${String(transaction.hash)} does not hash to that.`);
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => (from[name] === undefined || from[name] === null ? [] : [[name, from[name]]])),
  );
}

async function requireRoot(
  blockHash: string,
  what: string,
  root: string,
  encoded: readonly Uint8Array[],
): Promise<void> {
  const trie = await createMPT();
  for (const [index, bytes] of encoded.entries()) await trie.put(placeKey(index), bytes);
  const found = hexlify(trie.root());
  if (found === root) return;
  throw bodyMismatch(blockHash, `${encoded.length} ${what} give the root ${found}, not ${root}.`);
}

function receiptLogs(blockHash: string, receipt: Uint8Array): Log[] {
  try {
    const fields = countedRlp(receipt[0]! < 0x80 ? receipt.slice(1) : receipt) as Uint8Array[];
    const logs = fields[3] as unknown as [Uint8Array, Uint8Array[], Uint8Array][];
    return logs.map(([address, topics, data]) => ({
      address: hexlify(address),
      topics: topics.map((topic) => hexlify(topic)),
      data: hexlify(data),
    }));
  } catch (cause) {
    throw bodyMismatch(blockHash, "A receipt cannot be read.", cause);
  }
}

function bodyMismatch(blockHash: string, details: string, cause?: unknown): BaseError {
  return new BaseError(
    "BODY_MISMATCH",
    `Transactions and receipts of block ${blockHash} are not its header's. ${details}`,
    { cause },
  );
}
