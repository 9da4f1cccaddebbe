import type { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import { readAncestors } from "../../../chains/proofs/readAncestors.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { ProvenBlock, RelayerStore } from "../../store/RelayerStore.ts";

/** Attested blocks without known messages that are looked at. */
const MOST_STRAYS = 16;
/** Attested blocks after such a one that are held against it. */
const MOST_LATER = 4;
/** Most headers in a piece of evidence: more take more gas than a transaction may have. */
const MOST_HEADERS = 128;

/** Two attested blocks that cannot be of one chain, and what shows it. */
export interface HeaderContradiction {
  later: ProvenBlock;
  earlier: ProvenBlock;
  /** RLP headers of the later block and its ancestors down to the number after the earlier block's. */
  headers: readonly string[];
}

/**
 * Looks among the attested blocks that a relayer kept for two that contradict each other: of one number, or of which
 * the later one does not descend from the earlier.
 *
 * @throws what the origin's endpoints throw.
 */
export async function findHeaderContradiction(
  origin: GatewayClient,
  store: Pick<RelayerStore, "attestedTwice" | "attestedAfter" | "strayBlocks">,
): Promise<HeaderContradiction | undefined> {
  const twice = store.attestedTwice(origin.chainId);
  if (twice !== undefined) return { later: twice[0], earlier: twice[1], headers: [] };
  for (const earlier of store.strayBlocks(origin.chainId, MOST_STRAYS)) {
    const own = await origin.header(earlier.number);
    if (own === undefined || own.hash === earlier.blockHash) continue;
    for (const later of store.attestedAfter(origin.chainId, earlier.number, MOST_LATER)) {
      const count = later.number - earlier.number;
      if (count > MOST_HEADERS) break;
      const ancestors = await tryRead(origin, later.blockHash, count);
      if (ancestors === undefined || ancestors.parentHash === earlier.blockHash) continue;
      return { later, earlier, headers: ancestors.headers };
    }
  }
  return undefined;
}

/** Undefined when the node does not know the block: it may be of the history that was replaced, too. */
async function tryRead(origin: GatewayClient, blockHash: string, count: number) {
  try {
    return await readAncestors(origin.rpc, blockHash, count);
  } catch (error) {
    if (error instanceof BaseError && error.code === "BLOCK_NOT_FOUND") return undefined;
    throw error;
  }
}
