import { expect } from "chai";
import { settleCoverage, settleWindows } from "../../../../mechanisms/aoi-contract/mathematics/settlement.ts";

const epoch = (commitSeconds: bigint[]) => ({
  startSeconds: 1000n,
  epochSeconds: 300n,
  periodSeconds: 60n,
  commitSeconds,
});
const price = { reward: 1003n, bonus: 7n };

describe("AoI contract: settlement", () => {
  it("pays 799 for the reading's example", () => {
    const settled = settleCoverage(epoch([1000n, 1075n, 1180n, 1241n]), price);
    expect(settled.covered).to.equal(239n);
    expect(settled.pay).to.equal(799n);
    expect(settled.meanAgeSeconds).to.be.closeTo(39.753333, 1e-6);
  });

  it("pays everything and the bonus for complete coverage", () => {
    const settled = settleCoverage(epoch([1000n, 1060n, 1120n, 1180n, 1240n]), price);
    expect(settled).to.deep.equal({ covered: 300n, pay: 1010n, meanAgeSeconds: 30 });
  });

  it("pays nothing for nothing, and nothing extra for bursts or for commits outside the epoch", () => {
    expect(settleCoverage(epoch([]), price)).to.deep.equal({ covered: 0n, pay: 0n, meanAgeSeconds: 150 });
    expect(settleCoverage(epoch([999n, 1300n]), price).covered).to.equal(0n);
    expect(settleCoverage(epoch([1000n, 1001n, 1002n, 1002n]), price).covered).to.equal(62n);
  });

  it("takes commits in any order", () => {
    expect(settleCoverage(epoch([1241n, 1000n, 1180n, 1075n, 1000n]), price)).to.deep.equal(
      settleCoverage(epoch([1000n, 1075n, 1180n, 1241n]), price),
    );
  });

  it("a late update loses its lateness, a missed one at most θ", () => {
    const onTime = [1000n, 1060n, 1120n, 1180n, 1240n];
    const late = onTime.map((time) => (time === 1120n ? 1127n : time));
    expect(settleCoverage(epoch(late), price).covered).to.equal(293n);
    expect(settleCoverage(epoch(onTime.filter((time) => time !== 1120n)), price).covered).to.equal(240n);
  });

  it("windows: each wants one commit of its own, with grace", () => {
    const commits = [1010n, 1062n, 1119n, 1190n];
    expect(settleWindows(epoch(commits), { reward: 1003n }, 5n)).to.deep.equal({
      hits: 3,
      missed: [2, 4],
      pay: 601n,
    });
    // Two seconds late for window 0, which then takes it; window 1 has none left.
    expect(settleWindows(epoch([1062n]), { reward: 1003n }, 5n)).to.deep.equal({
      hits: 1,
      missed: [1, 2, 3, 4],
      pay: 200n,
    });
    const all = [1010n, 1070n, 1130n, 1190n, 1304n];
    expect(settleWindows(epoch(all), price, 5n)).to.deep.equal({ hits: 5, missed: [], pay: 1010n });
    expect(settleWindows(epoch(all), price).missed).to.deep.equal([4]);
  });

  it("refuses impossible epochs and prices", () => {
    const broken = [
      () => settleCoverage({ ...epoch([]), epochSeconds: 0n }, price),
      () => settleCoverage({ ...epoch([]), periodSeconds: 0n }, price),
      () => settleCoverage(epoch([]), { reward: -1n }),
      () => settleWindows({ ...epoch([]), epochSeconds: 310n }, price),
      () => settleWindows(epoch([]), price, -1n),
    ];
    for (const call of broken) expect(call).to.throw().with.property("code", "PARAM");
  });
});
