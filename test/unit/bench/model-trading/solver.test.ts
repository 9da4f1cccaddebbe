import { expect } from "chai";

import { benchEquilibrium } from "../../../../bench/model-trading/solver.ts";

describe("bench model-trading", () => {
  it("times an equilibrium and counts its memory by pairs", () => {
    let now = 0;
    let bytes = 0;
    const measured = benchEquilibrium(20, 4, {
      clock: () => now++,
      arrayBytes: () => {
        bytes += 8000;
        return bytes;
      },
    });
    expect(measured).to.include({
      users: 20,
      providers: 4,
      decoupledSeconds: 1,
      coupledSeconds: 1,
      responseSeconds: 1,
      bytesPerPair: 100,
    });
    expect(measured.sweeps).to.be.within(2, 199);
  });
});
