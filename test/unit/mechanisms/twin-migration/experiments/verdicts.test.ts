import { expect } from "chai";
import type { Measured, Outcome } from "../../../../../mechanisms/twin-migration/experiments/measure.ts";
import {
  compare,
  METRICS,
  summarize,
  told,
} from "../../../../../mechanisms/twin-migration/experiments/metrics.ts";
import { PRINTED_GAINS } from "../../../../../mechanisms/twin-migration/experiments/printed.ts";
import { spanOf } from "../../../../../mechanisms/twin-migration/experiments/spanOf.ts";
import {
  bestClaim,
  gainClaim,
  ruleClaim,
  trendClaim,
} from "../../../../../mechanisms/twin-migration/experiments/verdicts.ts";
import { verdictOn } from "../../../../../reports/Figure.ts";

/** A contender with these rewards: of runs, of episodes. Its latency is a tenth of them, its MSR null where it is 0. */
function measured(name: string, runs: readonly (readonly number[])[]): Measured {
  return {
    name,
    runs: runs.map((rewards) =>
      rewards.map(
        (reward) => ({ reward, latency: reward / 10, msr: reward === 0 ? null : reward / 100 }) as Outcome,
      ),
    ),
  };
}

const episodes = [28, 30, 32, 30];
const shifted = (by: number) => episodes.map((reward) => reward + by);
const ours = measured("MO-MADDPG, warm", [shifted(1), shifted(1.2), shifted(0.8)]);
const others = [
  measured("MADDPG", [shifted(-2), shifted(-2.2)]),
  measured("MADQN", [shifted(-1), shifted(-1.1)]),
  measured("GA", [shifted(-10)]),
  measured("tuned rule", [shifted(0.9), shifted(1.1)]),
];
const judged = { ours, others };
const claimOf = (id: string) => PRINTED_GAINS.find((one) => one.id === id)!;

describe("Twin migration: verdicts on claims", () => {
  it("compares the same episodes: what is common to all is no noise", () => {
    const { difference, noise, gain, better } = compare(ours, others[1]!, METRICS.reward);
    expect(difference).to.be.closeTo(2.05, 1e-12);
    // By hand: runs are 0.2 and 0.0707 apart, episodes not at all.
    expect(noise).to.be.closeTo(2 * Math.sqrt(0.04 / 3 + 0.005 / 2), 1e-12);
    expect(gain).to.be.closeTo(2.05 / 28.95, 1e-12);
    expect(better).to.equal(true);
    // Against one whose episodes go another way, the same difference is noise.
    const turned = measured("MADQN", [[38, 20, 24, 33.8]]);
    expect(compare(ours, turned, METRICS.reward)).to.include({ better: false });
  });

  it("counts less as better where it is", () => {
    const { gain, better } = compare(ours, others[2]!, METRICS.latency);
    expect(gain).to.be.closeTo(-11 / 20, 1e-12);
    expect(better).to.equal(false);
    expect(compare(others[2]!, ours, METRICS.latency)).to.include({ better: true });
  });

  it("leaves out episodes where a quantity is not defined", () => {
    const some = measured("a", [[0, 50, 0, 70]]);
    expect(summarize(some, METRICS.msr).mean).to.equal(0.6);
    expect(told(some, METRICS.msr)).to.equal("0.600");
    expect(told(measured("b", [[0, 0]]), METRICS.msr)).to.equal("–");
    expect(compare(some, measured("b", [[10, 20, 30, 40]]), METRICS.msr).difference).to.be.closeTo(
      0.35,
      1e-12,
    );
  });

  it("holds a gain against each baseline, and one up to so much against any", () => {
    // 31 is 55 % more than the genetic plan's 20, 7 % more than MADQN's 28.95.
    const upTo = gainClaim(judged, claimOf("reward"));
    expect(upTo).to.include({ holds: true, about: "figure" });
    expect(upTo.measured).to.contain("+55.0 ± 1.0 % against GA").and.contain("+7.1 ± 0.7 % against MADQN");
    const by = gainClaim(judged, { ...claimOf("reward"), kind: "by" });
    expect(by.holds).to.equal(false);
    const less = gainClaim(judged, { ...claimOf("reward"), kind: "by", gain: 0.07 });
    expect(less.holds).to.equal(true);
    expect(gainClaim(judged, { ...claimOf("reward"), gain: 0.56 }).holds).to.equal(false);
    // As large, but within the noise.
    const noisy = { ours: measured("x", [[60, 10, 50, 20]]), others: [measured("GA", [[10, 40, 12, 38]])] };
    expect(gainClaim(noisy, claimOf("reward")).holds).to.equal(false);
    expect(() => gainClaim({ ours, others: [] }, claimOf("reward"))).to.throw(RangeError);
  });

  it("judges orders against the paper's baselines, and tells the tuned rule apart", () => {
    expect(bestClaim(judged, METRICS.reward, "").holds).to.equal(true);
    const worse = { ours: measured("x", [shifted(-1.02)]), others };
    expect(bestClaim(worse, METRICS.reward, "").holds).to.equal(false);
    const rule = ruleClaim(judged, METRICS.reward);
    expect(rule).to.include({ holds: false, about: "text" });
    const single = ruleClaim({ ours: measured("x", [shifted(3)]), others }, METRICS.reward);
    expect(single.holds).to.equal(true);
    expect(single.measured).to.contain("of one training");
    expect(rule.measured).to.not.contain("of one training");
    expect(() => ruleClaim({ ours, others: others.slice(0, 3) }, METRICS.reward)).to.throw(RangeError);
  });

  it("holds nothing against a baseline that was not trained, and says so", () => {
    const without = { ours: measured("x", [shifted(3)]), others: others.slice(1) };
    const best = bestClaim(without, METRICS.reward, "");
    expect(best.holds).to.equal(false);
    expect(best.measured).to.contain("not trained, so not shown to hold: MADDPG");
    const by = { ...claimOf("reward"), kind: "by" as const, gain: 0.01 };
    expect(gainClaim(without, by).holds).to.equal(false);
    expect(gainClaim({ ...without, others }, by).holds).to.equal(true);
    // One is enough for the most that is gained.
    expect(gainClaim(without, claimOf("reward")).holds).to.equal(true);
  });

  it("sees what rises and what falls, past what is missing at the end", () => {
    const line = { name: "a", values: [1, 3, 2, Number.NaN] };
    expect(trendClaim("", "rises", [line], 1)).to.include({ holds: true, measured: "a 1.0 → 2.0" });
    expect(trendClaim("", "falls", [line], 1).holds).to.equal(false);
    expect(trendClaim("", "rises", [line, { name: "b", values: [2, 2] }], 1).holds).to.equal(false);
  });

  it("says of a figure that the paper does not have that nothing is printed", () => {
    const claims = [{ claim: "", about: "text" as const, holds: false, measured: "" }];
    expect(verdictOn({ claims, inferred: ["all"] }).verdict).to.equal("nothing printed to compare with");
  });

  it("finds axes that hold all lines and their bands", () => {
    expect(spanOf([{ values: [0.2, 0.93] }])).to.deep.equal([0.2, 1]);
    expect(spanOf([{ values: [27.6, Number.NaN, 28.4], spread: [0.3, 0, 0.3] }])).to.deep.equal([27.3, 28.8]);
    expect(spanOf([{ values: [5, 5] }])[1]).to.be.at.least(5);
    expect(spanOf([{ values: [Number.NaN] }])).to.deep.equal([0, 1]);
  });
});
