import { expect } from "chai";
import fc from "fast-check";
import { coupledPrices } from "../../../../mechanisms/model-trading/mathematics/coupledPrices.ts";
import { decoupledPrices } from "../../../../mechanisms/model-trading/mathematics/decoupledPrices.ts";
import { bestDeviation } from "../../../../mechanisms/model-trading/mathematics/deviations.ts";
import { Followers } from "../../../../mechanisms/model-trading/mathematics/Followers.ts";
import { indexOfAll } from "../../../../mechanisms/model-trading/mathematics/feasibility.ts";
import { priceRoot } from "../../../../mechanisms/model-trading/mathematics/priceRoot.ts";
import { runs } from "../../../tier.ts";
import { drawGame } from "./draws.ts";
import { slowColumnResponse, slowPricesForSet, slowServedUsers } from "./reference.ts";

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
/** Budgets that never bind. */
const SLACK = 0.01;

describe("Equilibria of the MSPs", () => {
  it("solve the first-order condition to the last bits", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (c) => {
        const w = priceRoot(c);
        expect(Math.abs(2 * w ** 3 - w ** 2 - c)).to.be.at.most(1e-14 * (2 * w ** 3 + w ** 2 + c));
      }),
    );
  });

  it("serve the set of rational MUs that all 2^M sets hold as best, twins among them", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 6 }), fc.boolean(), (drawn, users, twins) => {
        // Profits from too small for anybody to large enough for all.
        const profit = 10 ** -(2 * ((drawn % 97) / 97));
        const game = drawGame(drawn, { users, providers: 1, load: SLACK, profit, twins });
        const { prices, utility, recruited, gap } = decoupledPrices(game, "rational");
        const slow = slowServedUsers(game, 0);
        expect(Array.from(recruited[0]!)).to.deep.equal(slow.set);
        expect(utility[0]).to.be.closeTo(slow.utility, 1e-9 * Math.max(1, slow.utility));
        expect(gap[0]).to.equal(0);
        for (const [i, m] of slow.set.entries()) expect(prices[m]).to.be.closeTo(slow.prices[i]!, 1e-8);
      }),
      runs(60),
    );
  });

  it("serve everyone when MUs are mandatory, some at u = F", () => {
    fc.assert(
      fc.property(seed, (drawn) => {
        const game = drawGame(drawn, {
          users: 5,
          providers: 1,
          load: SLACK,
          profit: 10 ** -(3 * ((drawn % 97) / 97)),
        });
        const { prices, value, utility } = decoupledPrices(game, "mandatory");
        const slow = slowPricesForSet(game, 0, [0, 1, 2, 3, 4], 1);
        expect(utility[0]).to.be.closeTo(slow.utility, 1e-9 * Math.max(1, Math.abs(slow.utility)));
        for (const m of slow.set) {
          expect(prices[m]).to.be.closeTo(slow.prices[m]!, 1e-8);
          expect(value[m]).to.be.closeTo(slow.value[m]!, 1e-8);
        }
      }),
      runs(40),
    );
  });

  it("are exploited by no deviation where budgets are slack", () => {
    fc.assert(
      fc.property(seed, (drawn) => {
        const game = drawGame(drawn, { users: 3, providers: 2, load: SLACK });
        const { prices, utility } = decoupledPrices(game, "rational");
        if (utility.includes(0)) return;
        expect(bestDeviation(game, prices, "rational").gain).to.be.at.most(1e-8);
      }),
      runs(20),
    );
  });

  it("are exploited by no deviation where budgets bind, everyone is in and C2 is slack", () => {
    let seen = 0;
    fc.assert(
      fc.property(seed, fc.double({ min: 0.8, max: 1.6, noNaN: true }), (drawn, load) => {
        const game = drawGame(drawn, { users: 3, providers: 2, load });
        if ([0, 1, 2].some((m) => !(indexOfAll(game, m) < 0.9))) return;
        const { prices, change } = coupledPrices(game);
        const followers = new Followers(game, "rational");
        followers.respond(prices);
        if (!(change < 1e-11) || followers.served.includes(0)) return;
        if (followers.deadlineMultiplier.some((multiplier) => multiplier > 0)) return;
        // A kink: a budget that is used up but hardly binds.
        const kink = (multiplier: number) => multiplier > 0 && multiplier < 1e-6;
        if (followers.cpuMultiplier.some(kink) || followers.radioMultiplier.some(kink)) return;
        seen++;
        expect(bestDeviation(game, prices, "mandatory").gain).to.be.at.most(1e-8);
      }),
      { ...runs(40), seed: 12 },
    );
    expect(seen).to.be.above(5);
  });

  it("need not exist where rational MUs leave an MSP out for another that pays more: seldom, but then it pays", () => {
    const game = drawGame(532, { users: 3, providers: 2, load: 1.472 });
    const { prices } = coupledPrices(game);
    const followers = new Followers(game, "rational");
    followers.respond(prices);
    expect(followers.served.includes(0)).to.equal(false);
    expect(bestDeviation(game, prices, "mandatory").gain).to.equal(0);
    const { gain, at } = bestDeviation(game, prices, "rational");
    expect(gain).to.be.within(0.04, 0.05);
    prices[at!.user * 2 + at!.provider]! *= at!.factor;
    followers.respond(prices);
    expect(followers.served[at!.user * 2 + 1 - at!.provider]).to.equal(0);
  });

  it("answer the other MSPs as a literal search does", () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0.5, max: 3, noNaN: true }), (drawn, load) => {
        const game = drawGame(drawn, { users: 2, providers: 2, load });
        const { prices, change } = coupledPrices(game);
        // Without an equilibrium to settle at there is no last answer to compare.
        if (!(change < 1e-11)) return;
        const u = prices.map((price, at) => Math.sqrt(price * game.contribution[at]!));
        for (const [m, own] of slowColumnResponse(game, u, 1).entries()) {
          expect(own / u[m * 2 + 1]!).to.be.closeTo(1, 1e-6);
        }
      }),
      runs(15),
    );
  });
});
