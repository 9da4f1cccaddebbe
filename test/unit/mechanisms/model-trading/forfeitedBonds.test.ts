import { expect } from "chai";
import { keccak256 } from "ethers";

import type { EventNamed } from "../../../../chains/clients/ChainEvent.ts";
import { encodeWork } from "../../../../mechanisms/model-trading/encodings.ts";
import { forfeitedBonds, isForfeited } from "../../../../mechanisms/model-trading/sales/forfeitedBonds.ts";
import { recordLeaf } from "../../../../protocol/leaves.ts";
import { MerkleTree } from "../../../../protocol/MerkleTree.ts";

const workOf = (rounds: number) =>
  encodeWork({
    ...{ price: 1n, samples: 1n, sales: 1, rounds, firstDelayMs: 0, spanMs: 0, ageMs2: 0n },
  });

describe("bonds that fall to a publisher", () => {
  it("are those of workers that missed more than half of the rounds", async () => {
    const lost = (missed: number, { taken = 0, workers = 3, counted = 4 } = {}) =>
      isForfeited(5, { rounds: 4, workers, counted }, async () => ({ taken, missed }));
    expect(await lost(3)).to.equal(true);
    expect(await lost(2)).to.equal(false);
    expect(await lost(0, { counted: 0 })).to.equal(false);
  });

  it("excuse rounds that most stayed away from among three, or for one that sold once", async () => {
    const asked: (readonly number[])[] = [];
    const lost = (workers: number, taken: number) =>
      isForfeited(5, { rounds: 9, workers, counted: 4 }, async (...question) => {
        asked.push(question);
        return { taken, missed: question[2] === 0 ? 4 : 0 };
      });
    expect(await Promise.all([lost(1, 0), lost(2, 0), lost(3, 0), lost(1, 1)])).to.deep.equal([
      ...[true, true, false, false],
    ]);
    expect(asked).to.deep.include.members([
      [5, 9, 1],
      [5, 9, 2],
      [5, 9, 0],
    ]);
  });

  it("come with what proves them", async () => {
    const recorded = [0, 1, 2].map((index) => ({
      args: { task: 1n, worker: `0x${String(index + 1).repeat(40)}`, index, work: workOf(4) },
    })) as unknown as EventNamed<"WorkRecorded">[];
    const [lost, ...others] = await forfeitedBonds({ task: 1n, chainId: 3n }, recorded, {
      attendanceOf: async (index) => (index === 1 ? { taken: 0, missed: 4 } : { taken: 4, missed: 0 }),
      counted: 4,
    });
    expect(others).to.deep.equal([]);
    expect(lost!.record).to.deep.equal({
      ...{
        chainId: 3n,
        task: 1n,
        index: 1,
        worker: recorded[1]!.args.worker,
        workHash: keccak256(workOf(4)),
      },
    });
    const records = recorded.map(({ args: { index, worker, work } }) => ({
      ...{ chainId: 3n, task: 1n, index, worker, workHash: keccak256(work) },
    }));
    expect(lost!.branch).to.deep.equal(new MerkleTree(records.map(recordLeaf)).branch(1));
  });
});
