import { expect } from "chai";
import fc from "fast-check";
import type { DerivedGame } from "../../../../mechanisms/model-trading/mathematics/DerivedGame.ts";
import { Followers } from "../../../../mechanisms/model-trading/mathematics/Followers.ts";
import { feasibilityIndex } from "../../../../mechanisms/model-trading/mathematics/feasibility.ts";
import { printedResponse } from "../../../../mechanisms/model-trading/mathematics/printedResponse.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { runs } from "../../../tier.ts";
import { drawGame, drawPrices } from "./draws.ts";
import { allSets, rawValue, slowIndex, slowRationalResponse, slowResponseOnSet } from "./reference.ts";

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const rowOf = <T>(matrix: ArrayLike<T>, m: number, columns: number): T[] =>
  Array.from({ length: columns }, (_, n) => matrix[m * columns + n]!);
const all = (size: number) => Array.from({ length: size }, (_, n) => n);

function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  expect(actual).to.have.length(expected.length);
  for (const [i, value] of actual.entries()) {
    const scale = Math.max(1, Math.abs(expected[i]!));
    expect(Math.abs(value - expected[i]!) / scale, `${what}[${i}]: ${value}, ${expected[i]}`).to.be.below(
      tolerance,
    );
  }
}

describe("An MU's best response", () => {
  it("is what nested bisection over all sets finds (rational)", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 4 }), (drawn, providers) => {
        const game = drawGame(drawn, { users: 2, providers });
        const prices = drawPrices(game, drawn);
        const followers = new Followers(game, "rational");
        followers.respond(prices);
        for (const m of [0, 1]) {
          const slow = slowRationalResponse(game, m, rowOf(prices, m, providers));
          expect(all(providers).filter((n) => followers.served[m * providers + n])).to.deep.equal(slow.set);
          expectClose([followers.utility[m]!], [slow.utility], 1e-9, "Φ");
          expectClose(rowOf(followers.computation, m, providers), slow.f, 1e-6, "f");
          expectClose(rowOf(followers.bandwidth, m, providers), slow.B, 1e-6, "B");
          expectClose(rowOf(followers.value, m, providers), slow.V, 1e-6, "V");
          expectClose(
            [followers.cpuMultiplier[m]!, followers.radioMultiplier[m]!],
            [slow.nu, slow.beta],
            1e-6,
            "ν, β",
          );
        }
      }),
      runs(150),
    );
  });

  it("is on the set that pays most of all, with equal MSPs among them", () => {
    const sets = allSets(7);
    fc.assert(
      fc.property(seed, fc.boolean(), (drawn, twins) => {
        const game = drawGame(drawn, { users: 1, providers: 7 });
        const prices = drawPrices(game, drawn);
        if (twins) copySomeColumns(game, prices, drawn);
        if (!(game.cpuBudget[0]! > 0)) return;
        let best: { set: readonly number[]; utility: number } | undefined;
        for (const set of sets) {
          // Serving a set is having to serve all MSPs of a game that has no others.
          const utility = utilityOfSet(game, prices, set);
          if (utility === undefined) continue;
          const needed = best && best.utility + 1e-12 * Math.max(1, Math.abs(best.utility));
          if (needed === undefined || utility > needed) best = { set, utility };
        }
        const followers = new Followers(game, "rational");
        followers.respond(prices);
        expect(all(7).filter((n) => followers.served[n])).to.deep.equal(best!.set);
      }),
      runs(60),
    );
  });

  it("is what nested bisection finds on all MSPs (mandatory), or infeasible as a scan has it", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 6 }), (drawn, providers) => {
        const game = drawGame(drawn, { users: 1, providers });
        const prices = drawPrices(game, drawn);
        const followers = new Followers(game, "mandatory");
        followers.respond(prices);
        if (!(game.cpuBudget[0]! > 0)) {
          expect(followers.feasible[0]).to.equal(0);
          return;
        }
        const index = slowIndex(game, 0, all(providers));
        expectClose([feasibilityIndex(game, 0, all(providers))], [index], 1e-9, "index");
        if (Math.abs(index - 1) < 1e-3) return;
        expect(followers.feasible[0]).to.equal(index < 1 ? 1 : 0);
        if (index >= 1) return;
        const slow = slowResponseOnSet(game, 0, Array.from(prices), all(providers));
        expectClose(Array.from(followers.computation), slow.f, 1e-6, "f");
        expectClose(Array.from(followers.bandwidth), slow.B, 1e-6, "B");
        expectClose(Array.from(followers.value), slow.V, 1e-6, "V");
        expectClose([followers.utility[0]!], [slow.utility], 1e-8, "Φ");
      }),
      runs(200),
    );
  });

  it("keeps C1, C2 and C3, and no random allocation that keeps them pays more", () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 5 }), (drawn, providers) => {
        const game = drawGame(drawn, { users: 1, providers });
        const prices = drawPrices(game, drawn);
        const followers = new Followers(game, "rational");
        followers.respond(prices);
        expectWithin(game, followers);
        const random = new SeededRandom(drawn, "allocations");
        for (let i = 0; i < 200; i++) {
          // Near the best response or anywhere; the MU stays away from some.
          const near = random.uniform() < 0.5;
          const give = (own: number, budget: number) =>
            near && own > 0
              ? own * (1 + 0.3 * (random.uniform() - 0.5))
              : (budget * random.uniform() * 1.5) / providers;
          const f = followers.computation.map((own) => give(own, game.cpuBudget[0]!));
          const B = followers.bandwidth.map((own) => give(own, game.radioMegahertz[0]!));
          const set = all(providers).filter(
            (n) =>
              (near ? followers.served[n] : random.uniform() < 0.7) &&
              f[n]! > 0 &&
              rawValue(game, 0, n, f[n]!, B[n]!) >= 0,
          );
          const sum = (given: Float64Array) => set.reduce((total, n) => total + given[n]!, 0);
          if (sum(f) > game.cpuBudget[0]! || sum(B) > game.radioMegahertz[0]!) continue;
          const utility = set.reduce(
            (total, n) =>
              total +
              prices[n]! * rawValue(game, 0, n, f[n]!, B[n]!) -
              game.gigahertzCost[0]! * f[n]! -
              game.bandwidthCost[0]! * B[n]!,
            0,
          );
          expect(utility).to.be.at.most(followers.utility[0]! + 1e-9 * Math.max(1, followers.utility[0]!));
        }
      }),
      runs(100),
    );
  });

  it("never loses when it is rational, and never leaves out what pays", () => {
    fc.assert(
      fc.property(seed, (drawn) => {
        const game = drawGame(drawn, { users: 3, providers: 3, load: 0.05 });
        const prices = drawPrices(game, drawn);
        const followers = new Followers(game, "rational");
        followers.respond(prices);
        // With budgets so large an MSP is served from u = 2F on.
        for (const [at, price] of prices.entries()) {
          const ratio = Math.sqrt(price * game.contribution[at]!) / game.threshold[at]!;
          if (Math.abs(ratio - 2) > 1e-6) expect(followers.served[at]).to.equal(ratio > 2 ? 1 : 0);
        }
        expect(Math.min(...followers.utility)).to.be.at.least(0);
      }),
      runs(100),
    );
  });

  it("is Proposition 1 as printed where budgets are slack and every MSP pays something", () => {
    fc.assert(
      fc.property(seed, (drawn) => {
        const game = drawGame(drawn, { users: 1, providers: 3, load: 0.05 });
        const prices = drawPrices(game, drawn).map((price) => Math.max(price, 1e-6));
        const followers = new Followers(game, "mandatory");
        followers.respond(prices);
        const printed = printedResponse(game, 0, prices);
        if (printed.cpuExcess > 0 || printed.radioExcess > 0) return;
        expectClose(Array.from(printed.computation), Array.from(followers.computation), 1e-12, "f");
        expectClose(Array.from(printed.bandwidth), Array.from(followers.bandwidth), 1e-12, "B");
      }),
      runs(100),
    );
  });
});

/** Φ of MU 0 when it has to serve a set and nobody else; undefined where it cannot. */
function utilityOfSet(game: DerivedGame, prices: Float64Array, set: readonly number[]): number | undefined {
  const only = (values: Float64Array) => Float64Array.from(set, (n) => values[n]!);
  const smaller: DerivedGame = {
    ...game,
    providers: set.length,
    contribution: only(game.contribution),
    workRoot: only(game.workRoot),
    airtimeRoot: only(game.airtimeRoot),
    halfDeadline: only(game.halfDeadline),
  };
  const followers = new Followers(smaller, "mandatory");
  followers.respond(only(prices));
  return followers.feasible[0] === 1 ? followers.utility[0] : undefined;
}

/** Makes some MSPs equal to the one before. */
function copySomeColumns(game: DerivedGame, prices: Float64Array, drawn: number): void {
  const random = new SeededRandom(drawn, "twins");
  const { contribution, workRoot, airtimeRoot, costRoot, threshold, halfDeadline } = game;
  for (let n = 1; n < game.providers; n++) {
    if (random.uniform() < 0.5) continue;
    for (const values of [contribution, workRoot, airtimeRoot, costRoot, threshold, halfDeadline, prices]) {
      values[n] = values[n - 1]!;
    }
  }
}

/** Budgets and the deadline of every pair that is served, up to rounding. */
function expectWithin(game: DerivedGame, followers: Followers): void {
  const { providers } = game;
  for (let m = 0; m < game.users; m++) {
    const sum = (given: Float64Array) => rowOf(given, m, providers).reduce((total, one) => total + one, 0);
    expect(sum(followers.computation)).to.be.at.most(Math.max(0, game.cpuBudget[m]!) * (1 + 1e-12));
    expect(sum(followers.bandwidth)).to.be.at.most(game.radioMegahertz[m]! * (1 + 1e-12));
    for (let n = 0; n < providers; n++) {
      const at = m * providers + n;
      if (followers.served[at] === 0) continue;
      const V = rawValue(game, m, n, followers.computation[at]!, followers.bandwidth[at]!);
      expect(V / game.contribution[at]!).to.be.at.least(-1e-12);
    }
  }
}
