import { expect } from "chai";
import { moved } from "../../../learning/federated/moved.ts";
import { realMean, roundedMean, weightedSum } from "../../../learning/federated/weightedSum.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

const part = (weight: number, ...values: number[]) => ({ weight, values: Int32Array.from(values) });
const mean = (...parts: ReturnType<typeof part>[]) => [...roundedMean(weightedSum(parts))];

describe("weightedSum", () => {
  it("weighs by the number of samples", () => {
    expect(mean(part(1, 100, -100), part(3, 200, 0))).to.deep.equal([175, -25]);
    expect([...realMean(weightedSum([part(1, 1, -1), part(3, 2, 0)]))]).to.deep.equal([1.75, -0.25]);
  });

  it("rounds half away from zero", () => {
    expect(mean(part(1, 1, -1), part(1, 2, -2))).to.deep.equal([2, -2]);
  });

  it("gives a part of weight 0 no say", () => {
    expect(mean(part(5, 7), part(0, 1000))).to.deep.equal([7]);
  });

  it("stays exact where numbers would not", () => {
    const ends = [-(2 ** 31), 2 ** 31 - 1];
    const most = Number.MAX_SAFE_INTEGER;
    const parts = [part(most, ...ends), part(most, ...ends), part(1, ...ends)];
    expect(weightedSum(parts).exact).to.equal("bigint");
    expect(mean(...parts)).to.deep.equal(ends);
    expect([...realMean(weightedSum(parts))]).to.deep.equal(ends);
  });

  const refused: [string, () => unknown][] = [
    ["AGGREGATE_NO_UPDATES", () => weightedSum([])],
    ["AGGREGATE_WEIGHT", () => weightedSum([part(0, 1)])],
    ["AGGREGATE_WEIGHT", () => weightedSum([part(-1, 1)])],
    ["AGGREGATE_WEIGHT", () => weightedSum([part(0.5, 1)])],
    ["AGGREGATE_SHAPE", () => weightedSum([part(1, 1), part(1, 1, 1)])],
  ];
  for (const [code, add] of refused) {
    it(`refuses with ${code}: ${add.toString().slice(6)}`, () => {
      expect(add).to.throw(BaseError).with.property("code", code);
    });
  }
});

describe("moved", () => {
  it("rounds steps half away from zero", () => {
    const steps = Float64Array.of(0.5, -0.5, 0.49, -1.5, 0);
    expect([...moved(new Int32Array(5).fill(10), steps)]).to.deep.equal([11, 9, 10, 8, 10]);
  });

  it("stays at the end of 32 bits", () => {
    const steps = Float64Array.of(1e300, -Infinity, 1, 2 ** 31);
    const values = Int32Array.of(0, 5, 2 ** 31 - 1, -(2 ** 31));
    expect([...moved(values, steps)]).to.deep.equal([2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, 0]);
  });
});
