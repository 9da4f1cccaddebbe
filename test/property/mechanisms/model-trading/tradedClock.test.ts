import { expect } from "chai";
import fc from "fast-check";
import type { DerivedGame } from "../../../../mechanisms/model-trading/mathematics/DerivedGame.ts";
import type { Allocation } from "../../../../mechanisms/model-trading/mathematics/schemes.ts";
import {
  roundsWithin,
  secondsAfter,
  tradedClock,
} from "../../../../mechanisms/model-trading/mathematics/tradedClock.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { drawGame } from "./draws.ts";

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const size = fc.integer({ min: 1, max: 5 });
const share = fc.double({ min: 0.01, max: 1, noNaN: true });

function drawAllocation({ users, providers }: DerivedGame, drawn: number): Allocation {
  const random = new SeededRandom(drawn, "allocation");
  const matrix = () => Float64Array.from({ length: users * providers }, () => 0.05 + random.uniform());
  return { computation: matrix(), bandwidth: matrix() };
}

/** The same allocation with one pair's resources multiplied by a share of 1. */
function slowed({ computation, bandwidth }: Allocation, at: number, f: number, B: number): Allocation {
  const slower = { computation: computation.slice(), bandwidth: bandwidth.slice() };
  slower.computation[at]! *= f;
  slower.bandwidth[at]! *= B;
  return slower;
}

describe("The clock of training under a trade", () => {
  it("is never faster with a slower MU, and other MSPs' rounds are as they were", () => {
    fc.assert(
      fc.property(seed, size, size, share, share, (drawn, users, providers, f, B) => {
        const game = drawGame(drawn, { users, providers });
        const allocation = drawAllocation(game, drawn);
        const before = tradedClock(game, allocation, "back-to-back").roundSeconds;
        const at = drawn % (users * providers);
        const after = tradedClock(game, slowed(allocation, at, f, B), "back-to-back").roundSeconds;
        for (let n = 0; n < providers; n++) {
          if (n === at % providers) expect(after[n]).to.be.at.least(before[n]!);
          else expect(after[n]).to.equal(before[n]);
        }
      }),
    );
  });

  it("waits for the slowest: slowing it down lengthens the round, speeding the others up does nothing", () => {
    fc.assert(
      fc.property(
        seed,
        size,
        size,
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        (drawn, users, providers, part) => {
          const game = drawGame(drawn, { users, providers });
          const allocation = drawAllocation(game, drawn);
          const { roundSeconds, slowest } = tradedClock(game, allocation, "back-to-back");
          const n = drawn % providers;
          const slow = slowed(allocation, slowest[n]! * providers + n, part, part);
          expect(tradedClock(game, slow, "back-to-back").roundSeconds[n]).to.be.above(roundSeconds[n]!);
          let others = allocation;
          for (let m = 0; m < users; m++)
            if (m !== slowest[n]) others = slowed(others, m * providers + n, 1 / part, 1 / part);
          expect(tradedClock(game, others, "back-to-back").roundSeconds[n]).to.equal(roundSeconds[n]);
        },
      ),
    );
  });

  it("does not depend on the allocation where rounds have a fixed period", () => {
    fc.assert(
      fc.property(seed, size, size, (drawn, users, providers) => {
        const game = drawGame(drawn, { users, providers });
        const lengths = [drawn, drawn + 1].map((one) =>
          Array.from(tradedClock(game, drawAllocation(game, one), "fixed-period").roundSeconds),
        );
        expect(lengths[0]).to.deep.equal(lengths[1]);
        expect(lengths[0]).to.deep.equal(Array.from(game.deadlineSeconds));
      }),
    );
  });

  it("counts rounds and tells their ends alike", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 100, noNaN: true }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        (length, rounds, seconds) => {
          const clock = {
            roundSeconds: Float64Array.of(length),
            slowest: new Int32Array(1),
            late: new Uint8Array(1),
          };
          expect(roundsWithin(clock, 0, secondsAfter(clock, 0, rounds))).to.equal(rounds);
          const over = roundsWithin(clock, 0, seconds);
          expect(secondsAfter(clock, 0, over)).to.be.at.most(seconds);
          expect(secondsAfter(clock, 0, over + 1)).to.be.above(seconds);
        },
      ),
    );
  });
});
