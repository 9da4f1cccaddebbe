import { expect } from "chai";
import { concat, keccak256, ZeroHash } from "ethers";
import fc from "fast-check";

import { BaseError } from "../../../protocol/BaseError.ts";
import { branchRoot, depthOf, MerkleTree, multiProofRoot } from "../../../protocol/MerkleTree.ts";
import { runs } from "../../tier.ts";

const leaf = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const leaves = fc.array(leaf, { minLength: 1, maxLength: 40 });

/** A list, how many of it a tree holds, and the places of some of them, ascending. */
const chosen = leaves
  .chain((list) => fc.tuple(fc.constant(list), fc.integer({ min: 1, max: list.length })))
  .chain(([list, count]) =>
    fc.subarray([...Array(count).keys()], { minLength: 1 }).map((indices) => ({ list, count, indices })),
  );

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
  it("has the root of the complete tree at the least depth", () => {
    fc.assert(
      fc.property(leaves, (list) => {
        expect(new MerkleTree(list).root()).to.equal(naiveRoot(list, depthOf(list.length)));
      }),
    );
    expect(new MerkleTree().root()).to.equal(ZeroHash);
  });

  it("keeps every earlier root", () => {
    fc.assert(
      fc.property(leaves, (list) => {
        const tree = new MerkleTree();
        const then = list.map((value) => {
          tree.append(value);
          return tree.root();
        });
        expect(list.map((_, i) => tree.root(i + 1))).to.deep.equal(then);
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
          const branch = tree.branch(index, last + 1);
          const root = tree.root(last + 1);
          expect(branch).to.have.length(depthOf(last + 1));
          expect(branchRoot(list[index]!, branch, index)).to.equal(root);
          if (other !== list[index]) expect(branchRoot(other, branch, index)).to.not.equal(root);
        },
      ),
      runs(300),
    );
  });

  it("proves any leaves together under every root that holds them, with no sibling to spare", () => {
    fc.assert(
      fc.property(chosen, leaf, fc.nat(), ({ list, count, indices }, other, seed) => {
        const tree = new MerkleTree(list);
        const proven = indices.map((index) => list[index]!);
        const siblings = tree.multiProof(indices, count);
        const rootOf = (values: readonly string[], given: readonly string[]) =>
          multiProofRoot(values, indices, given, depthOf(count));
        expect(rootOf(proven, siblings)).to.equal(naiveRoot(list.slice(0, count), depthOf(count)));
        const at = seed % proven.length;
        if (other !== proven[at])
          expect(rootOf(proven.with(at, other), siblings)).to.not.equal(tree.root(count));
        expect(rootOf(proven, [...siblings, other])).to.equal(undefined);
        if (siblings.length > 0) expect(rootOf(proven, siblings.slice(1))).to.equal(undefined);
      }),
      runs(300),
    );
  });

  it("takes a single leaf's branch for its proof, and needs nothing to prove all leaves of a full tree", () => {
    fc.assert(
      fc.property(leaves, fc.nat(), (list, seed) => {
        const tree = new MerkleTree(list);
        const index = seed % list.length;
        expect(tree.multiProof([index])).to.deep.equal(tree.branch(index));
        const full = 2 ** Math.floor(Math.log2(list.length));
        expect(tree.multiProof([...Array(full).keys()], full)).to.deep.equal([]);
      }),
    );
  });

  it("refuses to prove what is not there, unordered or repeated", () => {
    const tree = new MerkleTree([1, 2, 3].map((value) => `0x${String(value).repeat(64)}`));
    for (const [indices, count] of [
      [[3], 3],
      [[2], 2],
      [[1, 1], 3],
      [[2, 1], 3],
      [[-1], 3],
      [[0], 4],
    ] as const) {
      expect(() => tree.multiProof(indices, count))
        .to.throw(BaseError)
        .with.property("code", "NO_SUCH_LEAVES");
    }
    expect(() => tree.root(4)).to.throw(BaseError);
    expect(() => tree.truncate(4)).to.throw(BaseError);
  });

  it("is, truncated and continued, the tree that never had the other leaves", () => {
    fc.assert(
      fc.property(leaves, leaves, fc.nat(), (list, others, seed) => {
        const count = seed % (list.length + 1);
        const tree = new MerkleTree(list);
        tree.truncate(count);
        expect(tree.count).to.equal(count);
        for (const other of others) tree.append(other);
        const expected = new MerkleTree([...list.slice(0, count), ...others]);
        expect(tree.root()).to.equal(expected.root());
        for (let index = 0; index < tree.count; index++) {
          expect(tree.leaf(index)).to.equal(expected.leaf(index));
          expect(tree.branch(index)).to.deep.equal(expected.branch(index));
        }
      }),
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
