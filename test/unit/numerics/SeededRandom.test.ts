import { expect } from "chai";

import { SeededRandom } from "../../../numerics/SeededRandom.ts";

const draws = (random: SeededRandom) => Array.from({ length: 5 }, () => random.uniform());

describe("SeededRandom", () => {
  it("gives the same draws for the same seed and stream", () => {
    expect(draws(new SeededRandom(7, "worker", 3))).to.deep.equal(draws(new SeededRandom(7, "worker", 3)));
  });

  it("gives other draws for another seed or stream", () => {
    const all = [
      new SeededRandom(7, "worker", 3),
      new SeededRandom(8, "worker", 3),
      new SeededRandom(7, "worker", 4),
      new SeededRandom(7, "worker", 3, 0),
      new SeededRandom(7, "worker3"),
    ].map((random) => draws(random).join());
    expect(new Set(all)).to.have.length(all.length);
  });
});
