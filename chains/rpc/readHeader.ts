import { toQuantity } from "ethers";

import type { Rpc } from "./Rpc.ts";

/** A block's place in its chain. */
export interface BlockMark {
  number: number;
  hash: string;
}

/** A block's mark alone, of whatever else is known of it. */
export function markOf({ number, hash }: BlockMark): BlockMark {
  return { number, hash };
}

/** What is needed of a block's header. */
export interface Header extends BlockMark {
  parentHash: string;
  /** Unix seconds. */
  timestamp: number;
  /** Wei a gas; undefined on a chain without EIP-1559. */
  baseFeePerGas: bigint | undefined;
  /** Most gas of a block; undefined where a node does not say. */
  gasLimit: bigint | undefined;
}

/**
 * A block's header, by number, tag or hash, as a node tells it; undefined when the node has no such block.
 *
 * @throws the errors of `Rpc.request`.
 */
export async function readHeader(
  rpc: Rpc,
  block: number | "latest" | "pending" | "finalized" | { hash: string },
): Promise<Header | undefined> {
  const raw = (await (typeof block === "object"
    ? rpc.request("eth_getBlockByHash", [block.hash, false])
    : rpc.request("eth_getBlockByNumber", [
        typeof block === "number" ? toQuantity(block) : block,
        false,
      ]))) as RawHeader | null;
  if (raw === null) return undefined;
  const { number, hash, parentHash, timestamp } = raw;
  const optional = (quantity: string | undefined) => (quantity === undefined ? undefined : BigInt(quantity));
  return {
    number: Number(number),
    hash,
    parentHash,
    timestamp: Number(timestamp),
    baseFeePerGas: optional(raw.baseFeePerGas),
    gasLimit: optional(raw.gasLimit),
  };
}

interface RawHeader {
  number: string;
  hash: string;
  parentHash: string;
  timestamp: string;
  baseFeePerGas?: string;
  gasLimit?: string;
}
