import type { Announcement } from "../../chains/clients/GatewayClient.ts";
import type { MerkleTree } from "../../protocol/MerkleTree.ts";
import { inconsistentLogs } from "./inconsistentLogs.ts";

/** Throws `INCONSISTENT_LOGS` unless all that was announced is what was sent under its number. */
export function requireKnown(
  chain: string,
  announced: readonly Announcement[],
  { tree, end }: { tree: MerkleTree; end: number },
): void {
  for (const { nonce, id, blockNumber } of announced) {
    if (tree.leaf(nonce) !== id)
      throw inconsistentLogs(chain, `of message ${nonce} again, which is another than it sent`);
    if (blockNumber > end) throw inconsistentLogs(chain, `of block ${blockNumber} when asked up to ${end}`);
  }
}
