import { type RevealedUpdate, updateLeaf } from "../protocol/leaves.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";

/**
 * Whether a subchain's report of a round is about these updates, in the order of their reveals. Of a report about others
 * nobody's update counts: whoever signed it may have made up what it says.
 */
export function isReported(
  revealed: readonly RevealedUpdate[],
  report: { revealed: number; updatesRoot: string },
): boolean {
  // The root of many leaves is only computed where their number is right.
  return (
    revealed.length === report.revealed &&
    new MerkleTree(revealed.map(updateLeaf)).root() === report.updatesRoot
  );
}
