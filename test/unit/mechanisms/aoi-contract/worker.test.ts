import { expect } from "chai";

import { encodeChoice, encodeTerms } from "../../../../mechanisms/aoi-contract/encodings.ts";
import { everyPeriod, worker } from "../../../../mechanisms/aoi-contract/worker.ts";
import { roundTime } from "../../../../protocol/roundTimes.ts";

describe("AoI contract's worker", () => {
  // Ten seconds from 100 on in two rounds, refreshed every four, five or six.
  const times = { startTime: 100, epochSeconds: 10, rounds: 2 };
  const timesEvery = (period: number) => {
    const { count, timeOf } = everyPeriod(period, times);
    return Array.from({ length: count }, (_, j) => timeOf(j));
  };

  it("refreshes from the start on, every period, while the epoch lasts", () => {
    expect(timesEvery(4)).to.deep.equal([100, 104, 108]);
    expect(timesEvery(5)).to.deep.equal([100, 105]);
    expect(timesEvery(10)).to.deep.equal([100]);
  });

  it("knows what was sensed when a round could begin", () => {
    const last = (period: number, round: number) =>
      everyPeriod(period, times).lastBy(roundTime(times, round));
    expect([0, 1].map((round) => last(4, round))).to.deep.equal([0, 1]);
    expect([0, 1].map((round) => last(5, round))).to.deep.equal([0, 1]);
    expect([0, 1].map((round) => last(6, round))).to.deep.equal([0, 0]);
  });

  it("has sensed nothing before the epoch, and nothing further after it", () => {
    const { lastBy } = everyPeriod(4, times);
    expect([0, 99, 100, 103, 104, 108, 109, 500].map(lastBy)).to.deep.equal([-1, -1, 0, 0, 1, 2, 2, 2]);
  });

  const menu = [
    { period: 30, reward: 400n, cost: 200n },
    { period: 20, reward: 500n, cost: 100n },
  ];
  const offer = {
    epoch: { startTime: 100, epochSeconds: 60 },
    mechanismTerms: encodeTerms({ bonus: 1n, menu }),
  };
  const choose = (refresh: bigint) => worker.choose([offer], { refresh })[0];

  it("takes the item of its type, the better one where two are as good, and stays away where none pays", () => {
    expect(choose(200n)).to.deep.equal({ choice: encodeChoice({ item: 0 }) });
    expect(choose(150n)).to.deep.equal({ choice: encodeChoice({ item: 0 }) });
    expect(choose(100n)).to.deep.equal({ choice: encodeChoice({ item: 1 }) });
    expect(choose(0n)).to.deep.equal({ choice: encodeChoice({ item: 1 }) });
    expect(choose(201n)).to.deep.equal({ abstain: "no item of the menu covers its cost" });
  });
});
