import type { BlockBody } from "../../chains/proofs/blockBody.ts";
import type { Preimages } from "../../chains/proofs/Preimages.ts";
import type { Word } from "./RecordingRpc.ts";

/** A chain as a bundle has it. */
export interface ChainContent {
  chainId: number;
  /** The block as of which it was read; the bundle goes on to where every chain's was known. */
  head: number;
  /** All headers from the network's first block on, RLP. */
  headers: readonly Uint8Array[];
  /** Transactions and receipts of all blocks that may hold what the audit asks for, by block number. */
  bodies: ReadonlyMap<number, BlockBody>;
  /** Nodes of state tries, and contracts' code. */
  preimages: Preimages;
  /** Answers that nothing of the chain proves. */
  words: readonly Word[];
}
