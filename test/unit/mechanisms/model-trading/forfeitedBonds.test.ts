import { expect } from "chai";
import { keccak256 } from "ethers";

import type { EventNamed } from "../../../../chains/clients/ChainEvent.ts";
import { encodeWork } from "../../../../mechanisms/model-trading/encodings.ts";
import { forfeitedBonds, isForfeited } from "../../../../mechanisms/model-trading/sales/forfeitedBonds.ts";
import { recordLeaf } from "../../../../protocol/leaves.ts";
import { MerkleTree } from "../../../../protocol/MerkleTree.ts";

const workOf = (excused: number, rounds: number) =>
  encodeWork({
    ...{ price: 1n, samples: 1n, sales: 1, rounds, excused, firstDelayMs: 0, spanMs: 0, ageMs2: 0n },
  });

describe("bonds that fall to a publisher", () => {
  it("are those of workers that were of use in fewer than half of the rounds, for which others are not to blame", () => {
    const counted = 4;
    expect(isForfeited({ excused: 0, rounds: 4 }, { accepted: 1, counted })).to.equal(true);
    expect(isForfeited({ excused: 0, rounds: 4 }, { accepted: 2, counted })).to.equal(false);
    expect(isForfeited({ excused: 1, rounds: 4 }, { accepted: 1, counted })).to.equal(false);
    expect(isForfeited({ excused: 0, rounds: 3 }, { accepted: 1, counted })).to.equal(false);
    expect(isForfeited({ excused: 0, rounds: 0 }, { accepted: 0, counted: 0 })).to.equal(false);
  });

  it("come with what proves them", async () => {
    const recorded = [0, 1, 2].map((index) => ({
      args: { task: 1n, worker: `0x${String(index + 1).repeat(40)}`, index, work: workOf(0, 4) },
    })) as unknown as EventNamed<"WorkRecorded">[];
    const acceptedOf = async (index: number) => (index === 1 ? 0 : 4);
    const [lost, ...others] = await forfeitedBonds({ task: 1n, chainId: 3n }, recorded, {
      acceptedOf,
      counted: 4,
    });
    expect(others).to.deep.equal([]);
    expect(lost!.record).to.deep.equal({
      ...{
        chainId: 3n,
        task: 1n,
        index: 1,
        worker: recorded[1]!.args.worker,
        workHash: keccak256(workOf(0, 4)),
      },
    });
    const records = recorded.map(({ args: { index, worker, work } }) => ({
      ...{ chainId: 3n, task: 1n, index, worker, workHash: keccak256(work) },
    }));
    expect(lost!.branch).to.deep.equal(new MerkleTree(records.map(recordLeaf)).branch(1));
  });
});
