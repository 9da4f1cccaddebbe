import type { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import { readAncestors } from "../../../chains/proofs/readAncestors.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { FactTable } from "../../store/FactTable.ts";
import type { Contradiction } from "../ProofScheme.ts";

/** Attested blocks without known messages that are looked at. */
const MOST_STRAYS = 16;
/** Attested blocks after such a one that are held against it. */
const MOST_LATER = 4;
/** Most headers in a piece of evidence: more take more gas than a transaction may have. */
const MOST_HEADERS = 128;

/**
 * Looks among the attested blocks that a relayer kept for two that contradict each other: of one number, or of which
 * the later one does not descend from the earlier.
 *
 * @throws what the origin's endpoints throw.
 */
export async function findHeaderContradiction(
  origin: GatewayClient,
  facts: FactTable,
): Promise<Contradiction | undefined> {
  const [twice] = facts.contradictions("header", origin.chainId);
  if (twice !== undefined) return { later: twice[0], earlier: twice[1], headers: [] };
  for (const earlier of facts.strays("header", origin.chainId, MOST_STRAYS)) {
    const own = await origin.header(earlier.place);
    if (own === undefined || own.hash === earlier.hash) continue;
    for (const later of facts.after("header", origin.chainId, earlier.place, MOST_LATER)) {
      const count = later.place - earlier.place;
      if (count > MOST_HEADERS) break;
      const ancestors = await tryRead(origin, later.hash, count);
      if (ancestors === undefined || ancestors.parentHash === earlier.hash) continue;
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
