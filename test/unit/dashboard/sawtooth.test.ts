import { expect } from "chai";

import { sawtooth, upTo } from "../../../dashboard/page/charts/sawtooth.ts";

describe("the saw-tooth of age", () => {
  const { corners, spans, coveredSeconds } = sawtooth({
    from: 100,
    until: 160,
    refreshes: [122, 148],
    limitSeconds: 4,
  });

  it("goes up from the start, and falls at each refresh", () => {
    expect(corners).to.deep.equal([
      [0, 0],
      [22, 22],
      [22, 0],
      [48, 26],
      [48, 0],
      [60, 12],
    ]);
    expect(spans.map(({ from, to, covered }) => [from - 100, to - 100, covered])).to.deep.equal([
      [0, 22, false],
      [22, 26, true],
      [26, 48, false],
      [48, 52, true],
      [52, 60, false],
    ]);
    expect(coveredSeconds).to.equal(8);
  });

  it("goes along the edge of its chart, and comes there after as many seconds as the edge is old", () => {
    expect(upTo(12, corners)).to.deep.equal([
      [0, 0],
      [12, 12],
      [22, 12],
      [22, 0],
      [34, 12],
      [48, 12],
      [48, 0],
      [60, 12],
    ]);
  });
});
