import { expect } from "chai";
import { Rational } from "../../../numerics/Rational.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BILLION, billionths, exactShare, type Share } from "../../../numerics/Share.ts";
import { shareTerms } from "../../../tasks/shareTerms.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { smallSpec } from "./smallSpec.ts";

const terms = (change: { quorum?: Share; targetAccuracy?: Share }) =>
  shareTerms(parseTaskSpec({ ...smallSpec(), ...change }));
/** With how many commits the subchain closes a round, by its own comparison. */
const closesAt = (quorum: Share, workers: number) => {
  const { quorumPpb } = terms({ quorum });
  return Math.ceil((workers * quorumPpb) / BILLION);
};

describe("shareTerms", () => {
  const quorums: [quorum: Share, workers: number, commits: number][] = [
    [2 / 3, 3, 2],
    ["2/3", 3, 2],
    [0.6666666666666666, 3, 2],
    [0.6666666666666667, 3, 2],
    [5 / 7, 7, 5],
    ["5/7", 7, 5],
    [1 / 6, 6, 1],
    ["1/6", 6, 1],
    ["2/3", 4, 3],
    [0.6667, 3, 3],
    [0.5, 3, 2],
    [0.29, 100, 29],
    [0.00001, 65_536, 1],
    ["0.0000000001", 65_536, 1],
    ["65535/65536", 65_536, 65_535],
    [1, 65_536, 65_536],
  ];
  for (const [quorum, workers, commits] of quorums) {
    it(`closes a round of ${workers} at ${commits} commits for a quorum of ${JSON.stringify(quorum)}`, () => {
      expect(closesAt(quorum, workers)).to.equal(commits);
    });
  }

  it("closes rounds where the exact share does, for denominators up to 15,258 and 65,536 workers", () => {
    const random = new SeededRandom(1, "quorums");
    const upTo = (most: number) => 1 + Math.floor(random.uniform() * most);
    for (let draw = 0; draw < 2000; draw++) {
      const denominator = upTo(15_258);
      const workers = Math.min(65_536, denominator * upTo(Math.ceil(65_536 / denominator)));
      const numerator = upTo(denominator);
      const exact = Number(new Rational(BigInt(numerator * workers), BigInt(denominator)).ceil());
      const quorumPpb = billionths(new Rational(BigInt(numerator), BigInt(denominator)));
      expect(Math.ceil((workers * quorumPpb) / BILLION)).to.equal(exact);
    }
  });

  it("takes a target for what it is, never for none", () => {
    expect(terms({}).targetScorePpb).to.equal(0);
    expect(terms({ targetAccuracy: 0.00004 }).targetScorePpb).to.equal(40_000);
    expect(terms({ targetAccuracy: 1e-12 }).targetScorePpb).to.equal(1);
    expect(terms({ targetAccuracy: "1/30000" }).targetScorePpb).to.equal(33_333);
    expect(terms({ targetAccuracy: 0.95 }).targetScorePpb).to.equal(950_000_000);
    expect(terms({ targetAccuracy: 1 }).targetScorePpb).to.equal(BILLION);
  });

  it("has a target reached by the score that equals it, and by no lesser one", () => {
    for (const target of ["2/3", 0.95, 0.9999, "12345/12630", 1 / 3]) {
      const { targetScorePpb } = terms({ targetAccuracy: target });
      for (const samples of [3, 9, 20, 10_000, 12_630]) {
        const correct = exactShare(target).times(BigInt(samples)).ceil();
        const scoreOf = (right: bigint) => billionths(new Rational(right, BigInt(samples)));
        expect(scoreOf(correct)).to.be.at.least(targetScorePpb);
        expect(scoreOf(correct - 1n)).to.be.below(targetScorePpb);
      }
    }
  });
});
