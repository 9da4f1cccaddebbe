import { readFile } from "node:fs/promises";
import { expect } from "chai";

import {
  CLOCK_SKEW_SECONDS,
  commitsUntil,
  longestSeconds,
  quorumFrom,
  revealsFrom,
  roundSeconds,
} from "../../../protocol/roundTimes.ts";

describe("times of a round", () => {
  it("allow as much between two chains' clocks as the contracts do", async () => {
    const source = await readFile(new URL("../../../contracts/types/TaskTypes.sol", import.meta.url), "utf8");
    expect(source).to.contain(`uint32 constant CLOCK_SKEW_SECONDS = ${CLOCK_SKEW_SECONDS};`);
  });

  it("count from the opening on the main chain", () => {
    expect(commitsUntil({ openedAt: 100 }, 40)).to.equal(140);
    expect(revealsFrom({ openedAt: 100 }, 40)).to.equal(140 + CLOCK_SKEW_SECONDS);
    // As the contract and as a view say that reveals were not opened.
    expect(revealsFrom({ openedAt: 100, revealsOpenedAt: 0 }, 40)).to.equal(140 + CLOCK_SKEW_SECONDS);
    expect(revealsFrom({ openedAt: 100, revealsOpenedAt: 107 }, 40)).to.equal(107);
    expect(roundSeconds({ commitSeconds: 40, revealSeconds: 20, reportSeconds: 30 })).to.equal(
      90 + CLOCK_SKEW_SECONDS,
    );
  });

  it("add up to a task's longest, be its rounds or its epoch slower", () => {
    const schedule = { commitSeconds: 40, revealSeconds: 20, reportSeconds: 28, epochSeconds: 300 };
    expect([1, 3, 4].map((rounds) => longestSeconds(rounds, schedule))).to.deep.equal([90, 290, 360]);
    expect(longestSeconds(3, { ...schedule, epochSeconds: 1000 })).to.equal(756);
  });

  it("leave the others a quarter of the phase, rounded up, once a quorum has committed", () => {
    expect([1, 4, 5, 40].map((commitSeconds) => quorumFrom({ startedAt: 100 }, commitSeconds))).to.deep.equal(
      [101, 101, 102, 110],
    );
  });
});
