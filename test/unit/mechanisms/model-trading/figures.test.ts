import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import {
  CANONICAL_GAME,
  canonicalGame,
} from "../../../../mechanisms/model-trading/experiments/canonicalGame.ts";
import { schemes, schemesTime } from "../../../../mechanisms/model-trading/experiments/schemes.ts";
import { coupledPrices } from "../../../../mechanisms/model-trading/mathematics/coupledPrices.ts";
import { Followers } from "../../../../mechanisms/model-trading/mathematics/Followers.ts";
import {
  proportionalScheme,
  proxyScheme,
  schemeOutcome,
} from "../../../../mechanisms/model-trading/mathematics/schemes.ts";
import {
  saturatingPrices,
  uniformPrices,
} from "../../../../mechanisms/model-trading/mathematics/uniformPrices.ts";
import { verdictOn } from "../../../../reports/Figure.ts";

describe("figures of model trading's paper", () => {
  // A tenth of the draws shows the same.
  const drawn = [schemes(20), schemesTime(20)];

  it("do not reproduce the paper's averages at its own budgets", () => {
    for (const figure of drawn) expect(verdictOn(figure).verdict, figure.id).to.equal("not reproducible");
  });

  it("have one value, and a range around it, for each load", () => {
    for (const { x, series } of drawn) {
      for (const { values, between } of series) {
        expect(values).to.have.length(x.values.length);
        for (const [i, value] of values.entries()) {
          expect(between!.low[i]).to.be.at.most(value);
          expect(between!.high[i]).to.be.at.least(value);
        }
      }
    }
  });

  it("are drawn from the same game as the canonical vectors", function () {
    const path = new URL("../../../../../shared/vectors/model-trading-canonical.json", import.meta.url);
    if (!existsSync(path)) return this.skip();
    const canonical = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    for (const [field, value] of Object.entries(CANONICAL_GAME))
      expect(canonical[field], field).to.deep.equal(value);
  });
});

describe("the benchmark schemes in the canonical game", () => {
  const game = canonicalGame();
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const followers = new Followers(game, "rational");
  followers.respond(coupledPrices(game).prices);

  it("bring more than the equilibrium when they use whole budgets: it leaves resources idle", () => {
    const full = { computation: game.cpuBudget, bandwidth: game.radioMegahertz };
    const { immersion } = schemeOutcome(game, proportionalScheme(game, "w_based", full));
    expect(total(immersion) / total(followers.value)).to.be.within(1.03, 1.12);
  });

  it("bring hardly less under the best uniform price, and less under one that stops at the first full MU", () => {
    const uniform = uniformPrices(game, "w_x_based", "rational");
    const saturating = saturatingPrices(game, "w_x_based", uniform);
    const immersionAt = (prices: Float64Array) =>
      total(schemeOutcome(game, proxyScheme(game, "w_x_based", prices, "rational")).immersion);
    expect(total(followers.value) / immersionAt(uniform) - 1).to.be.within(-0.01, 0.01);
    expect(immersionAt(saturating)).to.be.at.most(immersionAt(uniform) * (1 + 1e-12));
    for (const [n, price] of saturating.entries()) expect(price).to.be.at.most(uniform[n]!);
  });

  it("have a uniform price that no other uniform price betters", () => {
    const best = uniformPrices(game, "w_x_based", "rational");
    const utilityAt = (prices: Float64Array) => {
      const { immersion } = schemeOutcome(game, proxyScheme(game, "w_x_based", prices, "rational"));
      return immersion.map((bought, n) => game.profit[n]! * Math.log(1 + bought) - prices[n]! * bought);
    };
    const utility = utilityAt(best);
    for (const factor of [0.5, 0.9, 0.99, 1.01, 1.1, 2]) {
      const other = utilityAt(best.map((price) => factor * price));
      for (const [n, one] of other.entries()) expect(one).to.be.at.most(utility[n]! + 1e-9);
    }
  });
});
