import { expect } from "chai";

import { acceptanceOf, acceptedCount, isAccepted } from "../../../protocol/acceptance.ts";

describe("acceptance bitmaps", () => {
  it("hold what was put in, in words of 256 bits", () => {
    const indices = [0, 1, 255, 256, 700];
    const words = acceptanceOf(indices);
    expect(words).to.deep.equal([(1n << 255n) | 3n, 1n, 1n << 188n]);
    const found = Array.from({ length: 1000 }, (_, index) => index).filter((index) =>
      isAccepted(words, index),
    );
    expect(found).to.deep.equal(indices);
    expect(acceptedCount(words)).to.equal(indices.length);
    expect(acceptanceOf([])).to.deep.equal([]);
    expect(acceptedCount([])).to.equal(0);
  });
});
