import { expect } from "chai";
import fc from "fast-check";
import { areaUnderRoc } from "../../../learning/training/metrics/areaUnderRoc.ts";

describe("areaUnderRoc (property)", () => {
  // Few different scores, so that there are ties.
  const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.boolean()), { maxLength: 60 });

  it("counts the pairs in which the positive scores higher, and half of the ties", () => {
    fc.assert(
      fc.property(samples, (list) => {
        let halfPairs = 0;
        let pairs = 0;
        for (const [positive] of list.filter(([, isPositive]) => isPositive)) {
          for (const [negative] of list.filter(([, isPositive]) => !isPositive)) {
            pairs++;
            halfPairs += positive > negative ? 2 : positive === negative ? 1 : 0;
          }
        }
        const [scores, labels] = [list.map(([score]) => score), list.map(([, label]) => Number(label))];
        expect(areaUnderRoc(scores, labels)).to.deep.equal({ numerator: halfPairs, denominator: 2 * pairs });
      }),
    );
  });

  it("takes NaN for infinite", () => {
    expect(areaUnderRoc([Number.NaN, 1, Infinity], [1, 0, 0])).to.deep.equal({
      numerator: 3,
      denominator: 4,
    });
  });
});
