import { expect } from "chai";
import fc from "fast-check";

import {
  lastRefreshBefore,
  refreshTimes,
  roundTime,
  samplesCollected,
} from "../../../workers/streamSchedule.ts";

const times = fc.record({
  startTime: fc.integer({ min: 1, max: 2 ** 33 }),
  epochSeconds: fc.integer({ min: 1, max: 600 }),
  rounds: fc.integer({ min: 1, max: 60 }),
});
const scheduled = times.chain((chosen) =>
  fc.tuple(fc.constant(chosen), fc.integer({ min: 1, max: chosen.epochSeconds })),
);

describe("streamSchedule (property)", () => {
  it("covers the whole epoch: no two refreshes, nor the last and the end, are further apart than the period", () => {
    fc.assert(
      fc.property(scheduled, ([chosen, period]) => {
        const due = refreshTimes(chosen, period);
        const end = chosen.startTime + chosen.epochSeconds;
        expect(due[0]).to.equal(chosen.startTime);
        expect(due.at(-1)!).to.be.below(end);
        for (const [j, time] of due.entries()) {
          const gap = (due[j + 1] ?? end) - time;
          expect(gap).to.be.above(0);
          expect(gap).to.be.at.most(period);
        }
      }),
    );
  });

  it("gives later rounds the same refresh or a later one, and never one that is not due", () => {
    fc.assert(
      fc.property(scheduled, ([chosen, period]) => {
        const due = refreshTimes(chosen, period);
        let before = 0;
        for (let round = 0; round < chosen.rounds; round++) {
          const last = lastRefreshBefore(chosen, period, round);
          expect(last).to.be.at.least(before);
          expect(due[last]).to.be.at.most(roundTime(chosen, round));
          if (last + 1 < due.length) expect(due[last + 1]).to.be.above(roundTime(chosen, round));
          before = last;
        }
        expect(lastRefreshBefore(chosen, period, 0)).to.equal(0);
      }),
    );
  });

  it("collects ever more samples, at least half of them at first and all of them in the end", () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.integer({ min: 1, max: 300 }), (total, refreshes) => {
        const collected = Array.from({ length: refreshes }, (_, j) => samplesCollected(total, refreshes, j));
        expect(collected[0]).to.be.at.least(Math.floor(total / 2));
        for (const [j, count] of collected.entries()) expect(count).to.be.at.least(collected[j - 1] ?? 0);
        expect(collected.at(-1)).to.equal(total);
      }),
    );
  });
});
