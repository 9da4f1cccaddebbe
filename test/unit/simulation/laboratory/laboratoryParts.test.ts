import { expect } from "chai";
import { partitionIid } from "../../../../learning/datasets/partitionIid.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { ClientStreams } from "../../../../simulation/laboratory/ClientStreams.ts";
import { expandedReward } from "../../../../simulation/laboratory/expandedReward.ts";
import { blobs } from "../../learning/blobs.ts";

describe("parts of the laboratory", () => {
  it("write rewards out for all clients", () => {
    const reward = {
      cap: "1",
      list: [{ eachClient: "$address" }],
      each: { eachClient: ["$address", { of: "$address" }] },
    };
    expect(expandedReward(reward, ["a", "b"])).to.deep.equal({
      cap: "1",
      list: [["a", "b"]],
      each: [
        ["a", { of: "a" }],
        ["b", { of: "b" }],
      ],
    });
    // A key beside it is a field like any other.
    expect(expandedReward({ eachClient: "$address", other: 1 }, ["a"])).to.deep.equal({
      eachClient: "$address",
      other: 1,
    });
  });

  it("collect samples over the epoch, in any order or class after class", () => {
    const train = blobs(300, new SeededRandom(1));
    const parts = partitionIid(300, 2, new SeededRandom(2));
    const epoch = { startTime: 1000, epochSeconds: 100 };
    const streams = (drift: number) =>
      new ClientStreams(train, parts, { drift, firstShare: 0.2, epoch, seed: 1 });
    expect([0, 1000, 1050, 1100, 2000].map((time) => streams(0).collectedBy(0, time))).to.deep.equal([
      30, 30, 90, 150, 150,
    ]);
    const mean = (rows: Uint32Array) => rows.reduce((sum, row) => sum + train.labels[row]!, 0) / rows.length;
    const [first, last] = [1000, 1100].map((time) => mean(streams(1).newest(1, time, 30)));
    expect([first, last]).to.deep.equal([0, 2]);
    expect(Math.abs(mean(streams(0).newest(1, 1000, 30)) - 1)).to.be.lessThan(0.4);
    expect([...streams(1).newest(0, 1100, 1000)].sort()).to.deep.equal([...parts[0]!].sort());
  });
});
