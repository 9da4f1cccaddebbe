import type { Rpc } from "../rpc/Rpc.ts";
import { readBlockHeader } from "./blockHeader.ts";

/** Headers of a block and of blocks before it. */
export interface Ancestors {
  /** RLP, from the block backwards. */
  headers: string[];
  /** Hash of the block before the last of them. */
  parentHash: string;
}

/**
 * Reads a block's header and those of its ancestors, so many together, from a node.
 *
 * @throws the errors of `readBlockHeader`; a node need not know blocks of a history that was replaced.
 */
export async function readAncestors(rpc: Rpc, blockHash: string, count: number): Promise<Ancestors> {
  const headers: string[] = [];
  let parentHash = blockHash;
  while (headers.length < count) {
    const header = await readBlockHeader(rpc, parentHash);
    headers.push(header.encoded);
    parentHash = header.parentHash;
  }
  return { headers, parentHash };
}
