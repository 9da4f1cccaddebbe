import { expect } from "chai";

import { greatest, least } from "../../../numerics/extremes.ts";

describe("extremes", () => {
  it("are those of the numbers, of whatever collection", () => {
    expect(greatest([3, -1, 7, 2])).to.equal(7);
    expect(least(new Set([3, -1, 7, 2]))).to.equal(-1);
    expect(greatest([])).to.equal(Number.NEGATIVE_INFINITY);
    expect(least([])).to.equal(Number.POSITIVE_INFINITY);
    expect(greatest([1, Number.NaN])).to.be.NaN;
  });

  it("are found among 200,000 numbers", () => {
    const many = Array.from({ length: 200_000 }, (_, i) => i);
    expect([least(many), greatest(many)]).to.deep.equal([0, 199_999]);
  });
});
