import { expect } from "chai";
import { roundTime } from "../../../protocol/roundTimes.ts";
import { refreshesWithNew, samplesCollected } from "../../../workers/streamSchedule.ts";

describe("streamSchedule", () => {
  it("spreads the rounds over the epoch", () => {
    const times = { startTime: 100, epochSeconds: 10, rounds: 2 };
    expect([0, 1].map((round) => roundTime(times, round))).to.deep.equal([100, 105]);
  });

  it("has half of the samples from before, and the rest in equal parts", () => {
    expect([0, 1, 2].map((j) => samplesCollected(60, 3, j))).to.deep.equal([40, 50, 60]);
    expect(samplesCollected(60, 1, 0)).to.equal(60);
  });

  it("names the refreshes that bring something new, as counting them one by one would", () => {
    for (const [total, refreshes] of [
      [60, 3],
      [1, 10],
      [2, 10],
      [7, 100],
      [100, 7],
      [0, 5],
      [13, 13],
    ] as const) {
      const counted = [];
      for (let refresh = 0, from = 0; refresh < refreshes; refresh++) {
        const until = samplesCollected(total, refreshes, refresh);
        if (until > from) counted.push({ refresh, from, until });
        from = until;
      }
      expect([...refreshesWithNew(total, refreshes)], `${total} in ${refreshes}`).to.deep.equal(counted);
    }
  });

  it("names them one at a time, however many refreshes a stranger asks for", () => {
    const refreshes = 2 ** 32 - 1;
    const named = [...refreshesWithNew(600, refreshes)];
    expect(named[0]).to.deep.equal({ refresh: 0, from: 0, until: 300 });
    expect(named).to.have.length(301);
    expect(named.at(-1)).to.deep.equal({ refresh: refreshes - 1, from: 599, until: 600 });
  });

  it("has a sample from before if there is one at all", () => {
    expect([0, 5, 9].map((j) => samplesCollected(1, 10, j))).to.deep.equal([1, 1, 1]);
    expect([-1, 0].map((j) => samplesCollected(1, 10, j))).to.deep.equal([1, 1]);
    expect([0, 9].map((j) => samplesCollected(0, 10, j))).to.deep.equal([0, 0]);
  });
});
