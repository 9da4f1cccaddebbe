import { expect } from "chai";

import {
  lastRefreshBefore,
  refreshTimes,
  roundTime,
  samplesCollected,
} from "../../../workers/streamSchedule.ts";

describe("streamSchedule", () => {
  // Ten seconds from 100 on in two rounds, refreshed every four.
  const times = { startTime: 100, epochSeconds: 10, rounds: 2 };

  it("refreshes from the start on, every period, while the epoch lasts", () => {
    expect(refreshTimes(times, 4)).to.deep.equal([100, 104, 108]);
    expect(refreshTimes(times, 5)).to.deep.equal([100, 105]);
    expect(refreshTimes(times, 10)).to.deep.equal([100]);
  });

  it("spreads the rounds over the epoch", () => {
    expect([0, 1].map((round) => roundTime(times, round))).to.deep.equal([100, 105]);
  });

  it("trains a round on what was sensed when it could begin", () => {
    expect([0, 1].map((round) => lastRefreshBefore(times, 4, round))).to.deep.equal([0, 1]);
    expect([0, 1].map((round) => lastRefreshBefore(times, 5, round))).to.deep.equal([0, 1]);
    expect([0, 1].map((round) => lastRefreshBefore(times, 6, round))).to.deep.equal([0, 0]);
  });

  it("has half of the samples from before, and the rest in equal parts", () => {
    expect([0, 1, 2].map((j) => samplesCollected(60, 3, j))).to.deep.equal([40, 50, 60]);
    expect(samplesCollected(60, 1, 0)).to.equal(60);
  });
});
