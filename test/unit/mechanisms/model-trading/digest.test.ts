import { createHash } from "node:crypto";
import { expect } from "chai";
import { canonicalGame } from "../../../../mechanisms/model-trading/experiments/canonicalGame.ts";
import { drawnGame } from "../../../../mechanisms/model-trading/experiments/drawnGame.ts";
import { coupledPrices } from "../../../../mechanisms/model-trading/mathematics/coupledPrices.ts";
import { decoupledPrices } from "../../../../mechanisms/model-trading/mathematics/decoupledPrices.ts";
import { DEVIATION_FACTORS } from "../../../../mechanisms/model-trading/mathematics/deviations.ts";
import { Followers } from "../../../../mechanisms/model-trading/mathematics/Followers.ts";
import { uniformPrices } from "../../../../mechanisms/model-trading/mathematics/uniformPrices.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

const digest = (...all: Float64Array[]) => {
  const hash = createHash("sha256");
  for (const values of all) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.digest("hex").slice(0, 16);
};

describe("model trading: the same bits everywhere", () => {
  it("for prices, responses and utilities, decoupled and coupled", () => {
    const game = canonicalGame();
    const { prices, value, utility } = decoupledPrices(game, "rational");
    expect(digest(prices, value, utility)).to.equal("69f31d76360e20c2");
    const scarce = drawnGame(new SeededRandom(1, "digest"), 1.5);
    const coupled = coupledPrices(scarce).prices;
    const followers = new Followers(scarce, "rational");
    followers.respond(coupled);
    expect(digest(coupled, followers.value, followers.providerUtilities(coupled))).to.equal(
      "34d2a39d80b84f31",
    );
  });

  it("for what deviations and uniform prices are searched by", () => {
    expect(digest(DEVIATION_FACTORS)).to.equal("50c0cda601a22999");
    expect(digest(uniformPrices(canonicalGame(), "w_based", "rational"))).to.equal("241df560a46977b2");
  });
});
