import { expect } from "chai";
import { concat, keccak256, ZeroHash } from "ethers";
import fc from "fast-check";

import { branchRoot, depthOf, MerkleTree, OUTBOX_DEPTH } from "../../../protocol/MerkleTree.ts";

const leaf = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const leaves = fc.array(leaf, { minLength: 1, maxLength: 40 });

/** All nodes, level by level, over the leaves filled up with zeros: only for small depths. */
function naiveRoot(list: readonly string[], depth: number): string {
  let nodes = Array.from({ length: 2 ** depth }, (_, i) => list[i] ?? ZeroHash);
  while (nodes.length > 1) {
    nodes = Array.from({ length: nodes.length / 2 }, (_, i) =>
      keccak256(concat([nodes[2 * i]!, nodes[2 * i + 1]!])),
    );
  }
  return nodes[0]!;
}

describe("MerkleTree (property)", () => {
  it("has the root of the complete tree, at the least depth and above it", () => {
    fc.assert(
      fc.property(leaves, fc.nat({ max: 2 }), (list, more) => {
        const depth = depthOf(list.length) + more;
        expect(new MerkleTree(list).root(depth)).to.equal(naiveRoot(list, depth));
      }),
    );
  });

  it("keeps every earlier root", () => {
    fc.assert(
      fc.property(leaves, (list) => {
        const tree = new MerkleTree();
        const then = list.map((value) => {
          tree.append(value);
          return tree.root();
        });
        expect(list.map((_, i) => tree.root(OUTBOX_DEPTH, i + 1))).to.deep.equal(then);
        expect(tree.count).to.equal(list.length);
      }),
    );
  });

  it("proves every leaf under every root from its own on, and no other leaf", () => {
    fc.assert(
      fc.property(
        leaves.chain((list) =>
          fc.tuple(fc.constant(list), fc.nat(list.length - 1), fc.nat(list.length - 1), leaf),
        ),
        ([list, a, b, other]) => {
          const [index, last] = a < b ? [a, b] : [b, a];
          const tree = new MerkleTree(list);
          for (const depth of [OUTBOX_DEPTH, depthOf(last + 1)]) {
            const branch = tree.branch(index, depth, last + 1);
            const root = tree.root(depth, last + 1);
            expect(branchRoot(list[index]!, branch, index)).to.equal(root);
            if (other !== list[index]) expect(branchRoot(other, branch, index)).to.not.equal(root);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("counts the depth that a number of leaves needs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (count) => {
        const depth = depthOf(count);
        expect(2 ** depth).to.be.at.least(count);
        if (depth > 0) expect(2 ** (depth - 1)).to.be.below(count);
      }),
    );
    expect(depthOf(0)).to.equal(0);
  });
});
