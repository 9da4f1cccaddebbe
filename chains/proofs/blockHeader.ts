import { encodeRlp, hexlify, keccak256, toBeHex, toQuantity } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { countedRlp } from "./countedRlp.ts";

/** A block's header in the form that its hash is of. */
export interface BlockHeader {
  hash: string;
  number: bigint;
  parentHash: string;
  /** Root of the trie of the block's transactions. */
  transactionsRoot: string;
  /** Root of the trie of the block's receipts. */
  receiptsRoot: string;
  /** RLP of the header's fields. */
  encoded: string;
  /** Hashes of the block's transactions, in their order. */
  transactions: readonly string[];
}

type Block = Readonly<Record<string, unknown>>;

/** Fields of every header, in their order; numbers are encoded without leading zeros, all else as it is. */
const FIELDS: readonly { name: string; isNumber?: true }[] = [
  { name: "parentHash" },
  { name: "sha3Uncles" },
  { name: "miner" },
  { name: "stateRoot" },
  { name: "transactionsRoot" },
  { name: "receiptsRoot" },
  { name: "logsBloom" },
  { name: "difficulty", isNumber: true },
  { name: "number", isNumber: true },
  { name: "gasLimit", isNumber: true },
  { name: "gasUsed", isNumber: true },
  { name: "timestamp", isNumber: true },
  { name: "extraData" },
  { name: "mixHash" },
  { name: "nonce" },
];

/** Fields that upgrades added one after the other: London, Shanghai, Cancun, Prague, Amsterdam. */
const LATER_FIELDS: typeof FIELDS = [
  { name: "baseFeePerGas", isNumber: true },
  { name: "withdrawalsRoot" },
  { name: "blobGasUsed", isNumber: true },
  { name: "excessBlobGas", isNumber: true },
  { name: "parentBeaconBlockRoot" },
  { name: "requestsHash" },
  { name: "blockAccessListHash" },
];

/**
 * Reads a block's header from a node and encodes it.
 *
 * @throws `BLOCK_NOT_FOUND` (retryable) when the node does not know the block; `HEADER_MISMATCH` when what it answers
 * does not hash to the block's hash.
 */
export async function readBlockHeader(rpc: Rpc, blockHash: string): Promise<BlockHeader> {
  const block = (await rpc.request("eth_getBlockByHash", [blockHash, false])) as Block | null;
  if (block === null) {
    throw new BaseError("BLOCK_NOT_FOUND", `The node does not know block ${blockHash}.`, {
      details: "It lags behind, or the block was reorganized away.",
      retryable: true,
    });
  }
  return headerOf(block, blockHash);
}

/**
 * Reads the header of the block with a number from a node and encodes it.
 *
 * @throws as `readBlockHeader`.
 */
export async function readNumberedHeader(rpc: Rpc, number: number): Promise<BlockHeader> {
  const block = (await rpc.request("eth_getBlockByNumber", [toQuantity(number), false])) as Block | null;
  if (block === null) {
    throw new BaseError("BLOCK_NOT_FOUND", `The node does not know block ${number}.`, { retryable: true });
  }
  return headerOf(block, String(block.hash));
}

function headerOf(block: Block, blockHash: string): BlockHeader {
  const encoded = encodeHeader(block);
  const found = encoded === undefined ? "no hash, as a field is missing or malformed" : keccak256(encoded);
  if (encoded === undefined || found !== blockHash.toLowerCase()) {
    throw new BaseError("HEADER_MISMATCH", `The header of block ${blockHash} does not hash to it.`, {
      details: `The fields that the node answered with give ${found}.`,
      next: "Use another node; a chain whose headers have fields of its own needs another kind of proof.",
    });
  }
  return {
    hash: blockHash.toLowerCase(),
    number: BigInt(block.number as string),
    parentHash: (block.parentHash as string).toLowerCase(),
    transactionsRoot: (block.transactionsRoot as string).toLowerCase(),
    receiptsRoot: (block.receiptsRoot as string).toLowerCase(),
    encoded,
    // The hash says nothing of this list; the receipts' root will.
    transactions: Array.isArray(block.transactions) ? (block.transactions as string[]) : [],
  };
}

/** RLP of a header as JSON-RPC gives it; undefined when a field is missing or no hexadecimal. */
function encodeHeader(block: Block): string | undefined {
  const later = LATER_FIELDS.filter(({ name }) => block[name] !== undefined && block[name] !== null);
  try {
    return encodeRlp(
      [...FIELDS, ...later].map(({ name, isNumber }) => {
        const value = block[name] as string;
        return isNumber === true ? encodeNumber(value) : value;
      }),
    );
  } catch {
    return undefined;
  }
}

/** A number as RLP takes it: without leading zeros, and nothing for zero. */
export function encodeNumber(value: bigint | number | string): string {
  const number = BigInt(value);
  return number === 0n ? "0x" : toBeHex(number);
}

/** A header as JSON-RPC gives it, by the names of its fields, with its hash. */
export type DecodedHeader = Readonly<Record<string, string>> & {
  readonly hash: string;
  readonly number: string;
  readonly parentHash: string;
  readonly timestamp: string;
};

/**
 * Decodes a header; the inverse of `BlockHeader.encoded`.
 *
 * @throws `HEADER_MALFORMED` when the bytes are no header in the one form that its hash is of.
 */
export function decodeHeader(encoded: Uint8Array): DecodedHeader {
  const hash = keccak256(encoded);
  const fields = listOf(encoded);
  const known = [...FIELDS, ...LATER_FIELDS];
  if (fields === undefined || fields.length < FIELDS.length || fields.length > known.length) {
    throw new BaseError("HEADER_MALFORMED", `What hashes to ${hash} is no block's header.`);
  }
  const named = fields.map((field, i): [string, string] => {
    const { name, isNumber } = known[i]!;
    const value = hexlify(field);
    return [name, isNumber === true ? toQuantity(value === "0x" ? 0 : value) : value];
  });
  return { ...Object.fromEntries(named), hash } as DecodedHeader;
}

/** The fields of a list of bytes; undefined when it is none. */
function listOf(encoded: Uint8Array): Uint8Array[] | undefined {
  try {
    const list = countedRlp(encoded);
    return Array.isArray(list) && list.every((field) => field instanceof Uint8Array) ? list : undefined;
  } catch {
    return undefined;
  }
}
