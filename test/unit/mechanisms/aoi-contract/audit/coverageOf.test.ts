import { expect } from "chai";
import fc from "fast-check";

import { coverageOf } from "../../../../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { settleCoverage } from "../../../../../mechanisms/aoi-contract/mathematics/settlement.ts";

/** The same second by second: in each, the data are fresh or not, and a second older at its end. */
function secondBySecond(from: number, until: number, period: number, refreshes: readonly number[]) {
  const at = new Set(refreshes);
  const before = refreshes
    .filter((time) => time < from)
    .toSorted((a, b) => a - b)
    .at(-1);
  let last = before ?? Number.NEGATIVE_INFINITY;
  let age = 0;
  let coveredSeconds = 0n;
  let ageSquares = 0n;
  for (let second = from; second < until; second++) {
    if (at.has(second)) {
      last = second;
      age = 0;
    }
    if (second - last < period) coveredSeconds++;
    // (age + 1)² − age²: squares are sums of odd numbers.
    ageSquares += BigInt(2 * age + 1);
    age++;
  }
  return { coveredSeconds, ageSquares };
}

/** Refreshes within an epoch, bursts and repetitions included. */
const epochs = fc
  .record({ from: fc.integer({ min: 1, max: 2_000_000_000 }), seconds: fc.integer({ min: 1, max: 300 }) })
  .chain(({ from, seconds }) =>
    fc.record({
      from: fc.constant(from),
      until: fc.constant(from + seconds),
      periodSeconds: fc.integer({ min: 1, max: seconds }),
      refreshes: fc.array(fc.integer({ min: from, max: from + seconds - 1 }), { maxLength: 12 }),
    }),
  );

describe("audit: coverage", () => {
  it("gives the reading's example", () => {
    const refreshes = [1000, 1075, 1180, 1241];
    expect(coverageOf({ from: 1000, refreshes, periodSeconds: 60, until: 1300 })).to.deep.equal({
      coveredSeconds: 239n,
      ageSquares: 75n ** 2n + 105n ** 2n + 61n ** 2n + 59n ** 2n,
    });
  });

  it("is the whole epoch old and covers nothing without a refresh", () => {
    expect(coverageOf({ from: 100, refreshes: [], periodSeconds: 5, until: 160 })).to.deep.equal({
      coveredSeconds: 0n,
      ageSquares: 3600n,
    });
  });

  it("is what counting second by second gives, with refreshes before the start too", () => {
    fc.assert(
      fc.property(epochs, fc.nat(80), ({ from, until, periodSeconds, refreshes }, lead) => {
        const times = refreshes.map((time) => time - lead);
        expect(coverageOf({ from, refreshes: times, periodSeconds, until })).to.deep.equal(
          secondBySecond(from, until, periodSeconds, times),
        );
      }),
    );
  });

  it("measures nothing before the start", () => {
    expect(coverageOf({ from: 100, refreshes: [90], periodSeconds: 60, until: 90 })).to.deep.equal({
      coveredSeconds: 0n,
      ageSquares: 0n,
    });
  });

  it("covers what the incentives' formula pays for", () => {
    fc.assert(
      fc.property(epochs, ({ from, until, periodSeconds, refreshes }) => {
        const { covered, meanAgeSeconds } = settleCoverage(
          {
            startSeconds: BigInt(from),
            epochSeconds: BigInt(until - from),
            periodSeconds: BigInt(periodSeconds),
            commitSeconds: refreshes.map(BigInt),
          },
          { reward: 0n },
        );
        const { coveredSeconds, ageSquares } = coverageOf({ from, refreshes, periodSeconds, until });
        expect(coveredSeconds).to.equal(covered);
        expect(Number(ageSquares) / (2 * (until - from))).to.be.closeTo(meanAgeSeconds, 1e-9);
      }),
    );
  });

  it("does not depend on the order in which refreshes are given", () => {
    fc.assert(
      fc.property(epochs, ({ refreshes, ...epoch }) => {
        const reversed = coverageOf({ ...epoch, refreshes: refreshes.toReversed() });
        expect(reversed).to.deep.equal(coverageOf({ ...epoch, refreshes }));
      }),
    );
  });
});
