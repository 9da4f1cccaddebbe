import { expect } from "chai";
import fc from "fast-check";
import { roundTime } from "../../../protocol/roundTimes.ts";
import { samplesCollected } from "../../../workers/streamSchedule.ts";

const times = fc.record({
  startTime: fc.integer({ min: 1, max: 2 ** 33 }),
  epochSeconds: fc.integer({ min: 1, max: 600 }),
  rounds: fc.integer({ min: 1, max: 60 }),
});

describe("streamSchedule (property)", () => {
  it("begins the first round with the epoch, and later ones no earlier than those before and within it", () => {
    fc.assert(
      fc.property(times, (chosen) => {
        expect(roundTime(chosen, 0)).to.equal(chosen.startTime);
        for (let round = 1; round < chosen.rounds; round++) {
          const begins = roundTime(chosen, round);
          expect(begins).to.be.at.least(roundTime(chosen, round - 1));
          expect(begins).to.be.below(chosen.startTime + chosen.epochSeconds);
          // As even as whole seconds allow.
          expect(begins - chosen.startTime).to.be.closeTo((round * chosen.epochSeconds) / chosen.rounds, 1);
        }
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
