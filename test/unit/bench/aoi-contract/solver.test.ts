import { expect } from "chai";

import { benchAoIContract, benchParameters } from "../../../../bench/aoi-contract/solver.ts";
import { median } from "../../../../bench/median.ts";

describe("bench aoi-contract", () => {
  /** A clock that moves a second a look. */
  const clock = () => {
    let now = 0;
    return () => now++;
  };

  it("compares both solvers at the same number of types", () => {
    const result = benchAoIContract(10, { scan: true, clock: clock() });
    expect(result).to.include({ types: 10, exactSeconds: 1, scanSeconds: 1, ratio: 1 });
    expect(result.exactUtility).to.be.closeTo(885.898487, 1e-6);
    expect(result.scanUtility).to.be.within(885.8, result.exactUtility);
  });

  it("leaves Algorithm 1 out if asked to", () => {
    expect(benchAoIContract(1, { scan: false, clock: clock() })).to.have.all.keys(
      "types",
      "exactSeconds",
      "exactUtility",
    );
  });

  it("spreads the types evenly", () => {
    const { types } = benchParameters(10);
    expect(types.map(({ unitCost }) => (1 / unitCost).toFixed(6))).to.deep.equal(
      Array.from({ length: 10 }, (_, n) => ((n + 1) / 1000).toFixed(6)),
    );
  });

  it("takes the middle", () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 2, 3])).to.equal(2.5);
    expect(median([])).to.be.NaN;
  });
});
