import { expect } from "chai";
import { deriveGame } from "../../../../mechanisms/model-trading/mathematics/DerivedGame.ts";
import {
  roundsWithin,
  secondsAfter,
  type TradedClock,
  tradedClock,
} from "../../../../mechanisms/model-trading/mathematics/tradedClock.ts";
import { thrown } from "../../thrown.ts";

/** ln(1/θ) = 1, a = x τ/1000 = [[2, 4], [4, 8]] Gcycle, b' = 6/log2(1 + 3) = 3 MHz s, h = [1, 2] s. */
const GAME = deriveGame({
  users: 2,
  providers: 2,
  guidanceSeconds: 30,
  deadlineSeconds: Float64Array.of(2, 4),
  dataRate: Float64Array.of(1000, 2000),
  gigacyclesPerFloat: 1e-3,
  accuracy: Float64Array.of(Math.exp(-1), Math.exp(-1)),
  potential: new Float64Array(4).fill(0.5),
  contributionScale: 5,
  dataWeight: 1e-3,
  computationCost: Float64Array.of(1, 1),
  bandwidthCost: Float64Array.of(1, 1),
  uploadMegabits: new Float64Array(4).fill(6),
  signalToNoise: new Float64Array(4).fill(3),
  cpuGigahertz: Float64Array.of(9, 9),
  radioMegahertz: Float64Array.of(20, 20),
  serviceGigacycles: Float64Array.of(0, 0),
  serviceSeconds: Float64Array.of(1, 1),
  profit: Float64Array.of(1, 1),
});
/** T^c + T^t = [[2/4 + 3/6, 4/4 + 3/6], [4/4 + 3/3, 8/2 + 3/1]] = [[1, 1.5], [2, 7]] s. */
const ALLOCATION = { computation: Float64Array.of(4, 4, 4, 2), bandwidth: Float64Array.of(6, 6, 3, 1) };

const expectSeconds = (clock: TradedClock, seconds: readonly number[]) => {
  for (const [n, length] of clock.roundSeconds.entries()) expect(length).to.be.closeTo(seconds[n]!, 1e-12);
};

describe("tradedClock", () => {
  it("has rounds back to back take what the slowest MU takes to compute and upload", () => {
    const clock = tradedClock(GAME, ALLOCATION, "back-to-back");
    expectSeconds(clock, [2, 7]);
    expect(Array.from(clock.slowest)).to.deep.equal([1, 1]);
  });

  it("has rounds of a fixed period take τ, whatever was allocated", () => {
    const clock = tradedClock(GAME, ALLOCATION, "fixed-period");
    expectSeconds(clock, [2, 4]);
    const faster = { ...ALLOCATION, computation: ALLOCATION.computation.map((f) => 4 * f) };
    expectSeconds(tradedClock(GAME, faster, "fixed-period"), [2, 4]);
  });

  it("tells which updates come later than half a period", () => {
    const { late } = tradedClock(GAME, ALLOCATION, "fixed-period");
    expect(Array.from(late)).to.deep.equal([0, 0, 1, 1]);
  });

  it("never ends a round that waits for an MU that gives nothing", () => {
    for (const nothing of [
      { ...ALLOCATION, computation: Float64Array.of(4, 4, 0, 2) },
      { ...ALLOCATION, bandwidth: Float64Array.of(6, 6, 0, 1) },
    ]) {
      const clock = tradedClock(GAME, nothing, "back-to-back");
      expect(clock.roundSeconds[0]).to.equal(Number.POSITIVE_INFINITY);
      expect(clock.roundSeconds[1]).to.be.closeTo(7, 1e-12);
      expect(roundsWithin(clock, 0, 1e9)).to.equal(0);
      expect(secondsAfter(clock, 0, 0)).to.equal(0);
      expect(secondsAfter(clock, 0, 1)).to.equal(Number.POSITIVE_INFINITY);
    }
  });
});

describe("time on a traded clock", () => {
  const clock: TradedClock = {
    roundSeconds: Float64Array.of(2, 0.1),
    slowest: new Int32Array(2),
    late: new Uint8Array(4),
  };

  it("is so many rounds, one after the other", () => {
    expect([0, 1, 3].map((rounds) => secondsAfter(clock, 0, rounds))).to.deep.equal([0, 2, 6]);
    expect(secondsAfter(clock, 0, Number.POSITIVE_INFINITY)).to.equal(Number.POSITIVE_INFINITY);
  });

  it("counts the rounds that are over, the one that ends just then with them", () => {
    expect([0, 1.99, 2, 3.99, 4, 15].map((seconds) => roundsWithin(clock, 0, seconds))).to.deep.equal([
      0, 0, 1, 1, 2, 7,
    ]);
    // 3 × 0.1 is more than 0.3 in binary, 0.6 / 0.1 less than 6.
    expect(roundsWithin(clock, 1, 3 * 0.1)).to.equal(3);
    expect(roundsWithin(clock, 1, 6 * 0.1)).to.equal(6);
  });

  it("knows no parts of rounds", () => {
    for (const rounds of [-1, 0.5, Number.NaN])
      expect(thrown(() => secondsAfter(clock, 0, rounds))).to.include({ code: "PARAM" });
  });
});
