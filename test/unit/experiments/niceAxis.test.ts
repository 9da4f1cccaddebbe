import { expect } from "chai";
import fc from "fast-check";
import { niceAxis } from "../../../experiments/niceAxis.ts";

describe("niceAxis", () => {
  it("ends at round numbers, with round numbers between", () => {
    expect(niceAxis([74.1, 84.2])).to.deep.equal({ range: [74, 86], step: 2 });
    expect(niceAxis([42.3, 88.1])).to.deep.equal({ range: [40, 90], step: 10 });
    expect(niceAxis([0.1, 0.3])).to.deep.equal({ range: [0.1, 0.3], step: 0.05 });
    expect(niceAxis([-3, Number.NaN, 14])).to.deep.equal({ range: [-5, 15], step: 5 });
    expect(niceAxis([94, 103], { most: 100 })).to.deep.equal({ range: [94, 100], step: 1 });
    // One value alone, none at all, and nothing but 0.
    expect(niceAxis([20])).to.deep.equal({ range: [15, 25], step: 5 });
    expect(niceAxis([]).range).to.deep.equal([0, 1]);
    expect(niceAxis([0, 0]).range).to.deep.equal([-0.2, 0.2]);
  });

  it("holds whatever values there are, at multiples of its step", () => {
    const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const { range, step } = niceAxis([a, b]);
        const slack = 1e-8 * step;
        expect(range[0]).to.be.at.most(Math.min(a, b) + slack);
        expect(range[1]).to.be.at.least(Math.max(a, b) - slack);
        for (const end of range) expect(Math.abs(end / step - Math.round(end / step))).to.be.below(1e-3);
        expect((range[1] - range[0]) / step).to.be.within(1, 12);
      }),
    );
  });
});
