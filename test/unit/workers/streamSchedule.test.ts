import { expect } from "chai";

import { roundTime, samplesCollected } from "../../../workers/streamSchedule.ts";

describe("streamSchedule", () => {
  it("spreads the rounds over the epoch", () => {
    const times = { startTime: 100, epochSeconds: 10, rounds: 2 };
    expect([0, 1].map((round) => roundTime(times, round))).to.deep.equal([100, 105]);
  });

  it("has half of the samples from before, and the rest in equal parts", () => {
    expect([0, 1, 2].map((j) => samplesCollected(60, 3, j))).to.deep.equal([40, 50, 60]);
    expect(samplesCollected(60, 1, 0)).to.equal(60);
  });

  it("has a sample from before if there is one at all", () => {
    expect([0, 5, 9].map((j) => samplesCollected(1, 10, j))).to.deep.equal([1, 1, 1]);
    expect([-1, 0].map((j) => samplesCollected(1, 10, j))).to.deep.equal([1, 1]);
    expect([0, 9].map((j) => samplesCollected(0, 10, j))).to.deep.equal([0, 0]);
  });
});
