import type { MerkleTree } from "./MerkleTree.ts";

/** Messages of which a gateway without an outbox keeps one hash (contracts/gateway/LogGateway.sol). */
const GROUP = 64;

/**
 * What a gateway wants to see before it announces a message again (`IGateway.announce`).
 *
 * @param tree - All messages that the gateway has sent: evidence made of fewer is refused where they change it.
 * @param options - `keepsOutbox`: whether the gateway has an outbox, whose root is not zero.
 * @returns 32-byte words, hex: siblings of the message, from the leaf up, in the largest complete subtree that holds it;
 * without an outbox, the ids of its group of 64 so far.
 * @throws BaseError `NO_SUCH_LEAVES` when it was not sent.
 */
export function announcementEvidence(
  tree: MerkleTree,
  nonce: number,
  { keepsOutbox }: { keepsOutbox: boolean },
): string[] {
  const { count } = tree;
  // Also what is to throw of a nonce past the end.
  const branchUpTo = (end: number) => tree.branch(nonce, end);
  if (nonce >= count) return branchUpTo(count);
  if (keepsOutbox) {
    // Above their first different bit nonce and count lead to one node; there the message is to the left.
    const level = 31 - Math.clz32(nonce ^ count);
    const end = Math.floor(count / 2 ** level) * 2 ** level;
    return branchUpTo(end).slice(0, level);
  }
  const first = Math.floor(nonce / GROUP) * GROUP;
  const ids: string[] = [];
  for (let i = first; i < Math.min(first + GROUP, count); i++) ids.push(tree.leaf(i)!);
  return ids;
}
