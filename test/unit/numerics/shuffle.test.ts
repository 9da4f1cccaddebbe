import { expect } from "chai";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { shuffle } from "../../../numerics/shuffle.ts";

describe("shuffle", () => {
  it("shuffles without loss", () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = shuffle([...items], new SeededRandom(1));
    expect(shuffled).to.not.deep.equal(items);
    expect(shuffled.sort((a, b) => a - b)).to.deep.equal(items);
  });
});
