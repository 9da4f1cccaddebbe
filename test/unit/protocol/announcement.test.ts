import { expect } from "chai";
import { concat, id, keccak256 } from "ethers";

import { announcementEvidence } from "../../../protocol/announcement.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { thrown } from "../thrown.ts";

const leaves = Array.from({ length: 200 }, (_, i) => id(`message ${i}`));
const hashPair = (left: string, right: string) => keccak256(concat([left, right]));

describe("announcementEvidence", () => {
  it("leads every message of every outbox to the root of the complete subtree that holds it", () => {
    for (let count = 1; count <= 70; count++) {
      const tree = new MerkleTree(leaves.slice(0, count));
      // What the binary digits of the count stand for, from the left.
      for (let first = 0, width = 64; width >= 1; width /= 2) {
        if ((count & width) === 0) continue;
        const root = new MerkleTree(leaves.slice(first, first + width)).root();
        for (let nonce = first; nonce < first + width; nonce++) {
          const evidence = announcementEvidence(tree, nonce, { keepsOutbox: true });
          expect(2 ** evidence.length, `siblings of ${nonce} of ${count}`).to.equal(width);
          const led = evidence.reduce(
            (node, sibling, level) =>
              (nonce >> level) % 2 === 0 ? hashPair(node, sibling) : hashPair(sibling, node),
            leaves[nonce]!,
          );
          expect(led).to.equal(root);
        }
        first += width;
      }
    }
  });

  it("is the ids of the message's 64 so far where there is no outbox", () => {
    for (const count of [1, 5, 64, 65, 127, 128, 200]) {
      const tree = new MerkleTree(leaves.slice(0, count));
      for (let nonce = 0; nonce < count; nonce++) {
        const first = nonce - (nonce % 64);
        const evidence = announcementEvidence(tree, nonce, { keepsOutbox: false });
        expect(evidence).to.deep.equal(leaves.slice(first, Math.min(first + 64, count)));
        expect(evidence[nonce % 64]).to.equal(leaves[nonce]);
      }
    }
  });

  it("says when nothing was sent under the number", () => {
    const tree = new MerkleTree(leaves.slice(0, 3));
    for (const keepsOutbox of [true, false]) {
      expect(thrown(() => announcementEvidence(tree, 3, { keepsOutbox })).code).to.equal("NO_SUCH_LEAVES");
    }
  });
});
