import { expect } from "chai";

import { backOff } from "../../../protocol/backOff.ts";

describe("backOff", () => {
  it("doubles from the first to the last", () => {
    const waits = [1, 2, 3, 4, 5].map((failures) => backOff({ first: 100, last: 700 }, failures));
    expect(waits).to.deep.equal([100, 200, 400, 700, 700]);
  });

  it("stays at the last, however often something fails", () => {
    expect(backOff({ first: 1, last: 5000 }, 100_000)).to.equal(5000);
  });
});
