import { expect } from "chai";
import { AbiCoder, keccak256, ZeroHash } from "ethers";
import fc from "fast-check";

import { branchRoot } from "../../../protocol/MerkleTree.ts";
import {
  decodeScores,
  encodeScores,
  NO_SCORES,
  type ScoreRecord,
  scoresTree,
} from "../../../protocol/scores.ts";
import { thrown } from "../thrown.ts";

const record = (index: number, score: string): ScoreRecord => ({ chainId: 4n, task: 1n, index, score });
const leafOf = ({ chainId, task, index, score }: ScoreRecord) =>
  keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["tuple(uint64,uint256,uint32,bytes)"],
      [[chainId, task, index, score]],
    ),
  );

describe("scores", () => {
  it("are proven by the place of their record", () => {
    const records = [record(0, "0x01"), record(2, "0x0203"), record(1, `0x${"44".repeat(40)}`)];
    const tree = scoresTree(records);
    for (const [place, one] of records.entries()) {
      expect(branchRoot(leafOf(one), tree.branch(place), place)).to.equal(tree.root());
    }
    expect(scoresTree(records.toReversed()).root()).to.not.equal(tree.root());
    expect(scoresTree([record(0, "0x02"), ...records.slice(1)]).root()).to.not.equal(tree.root());
  });

  it("are read back from their file", () => {
    const score = fc.record({
      chainId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      task: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      index: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      score: fc
        .uint8Array({ minLength: 1, maxLength: 80 })
        .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`),
    });
    fc.assert(
      fc.property(fc.array(score, { maxLength: 6 }), (records) => {
        expect(decodeScores(encodeScores(records))).to.deep.equal(records);
      }),
    );
  });

  it("are refused from a file that is none", () => {
    const file = encodeScores([record(0, "0x01"), record(1, "0x02")]);
    for (const bytes of [new Uint8Array(), file.slice(0, -32), Uint8Array.of(1, 2, 3)]) {
      expect(thrown(() => decodeScores(bytes)).code).to.equal("MALFORMED_DATA");
    }
  });

  it("are nothing where there are none", () => {
    expect(NO_SCORES).to.deep.equal({ root: ZeroHash, digest: ZeroHash });
  });
});
