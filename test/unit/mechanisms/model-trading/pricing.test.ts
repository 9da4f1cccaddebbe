import { expect } from "chai";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { type NamedNumbers, within } from "../../../../learning/reinforcement/namedNumbers.ts";
import { MARKETS } from "../../../../mechanisms/model-trading/experiments/markets.ts";
import {
  type DerivedGame,
  deriveGame,
} from "../../../../mechanisms/model-trading/mathematics/DerivedGame.ts";
import { decoupledPrices } from "../../../../mechanisms/model-trading/mathematics/decoupledPrices.ts";
import { Followers } from "../../../../mechanisms/model-trading/mathematics/Followers.ts";
import { clairvoyantPrices, constantPrices } from "../../../../mechanisms/model-trading/pricing/baselines.ts";
import {
  PricingEnvironment,
  type PricingMarket,
} from "../../../../mechanisms/model-trading/pricing/PricingEnvironment.ts";
import {
  type PricingLearner,
  PricingTrial,
  pricingLearner,
} from "../../../../mechanisms/model-trading/pricing/pricingLearner.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

const MARKET = MARKETS.static;
const FADING = MARKETS.largeUploads;
/** Budgets that never bind, so that nothing of them shows in the models that are sold. */
const ROOMY = withFields(MARKET, {
  cpuGigahertz: new Float64Array(5).fill(64),
  radioMegahertz: new Float64Array(5).fill(64),
});

/** The market with another game; what follows from it is computed anew. */
function withFields(market: PricingMarket, fields: Partial<DerivedGame>): PricingMarket {
  return { ...market, game: deriveGame({ ...market.game, ...fields }) };
}

describe("Model trading: the environment of prices", () => {
  const actionsOf = (environment: PricingEnvironment, prices: ArrayLike<number>) =>
    Object.fromEntries(
      environment.agents.map((agent, n) => [
        agent,
        Float64Array.from({ length: 5 }, (_, m) => prices[3 * m + n]!),
      ]),
    );

  it("answers the equilibrium's prices with the equilibrium", () => {
    const environment = new PricingEnvironment(MARKET);
    environment.reset(1);
    const { prices, value, utility } = decoupledPrices(MARKET.game, "rational");
    const { observations, rewards } = environment.step(actionsOf(environment, prices));
    for (const [n, agent] of environment.agents.entries()) {
      expect(rewards[agent]).to.be.closeTo(utility[n]!, 1e-9);
      for (let m = 0; m < 5; m++) {
        expect(observations[agent]![m]).to.be.closeTo(value[3 * m + n]!, 1e-9);
        expect(environment.state()[5 * n + m]).to.equal(observations[agent]![m]);
      }
    }
  });

  it("fades by its seed alone, to gains of mean 1, and back to the same from a snapshot", () => {
    const [one, same, other] = [1, 1, 2].map((seed) => {
      const environment = new PricingEnvironment(FADING);
      environment.reset(seed);
      return environment;
    });
    const prices = actionsOf(one!, clairvoyantPrices(FADING, FADING.game));
    const low = actionsOf(one!, new Float64Array(15).fill(0.1));
    let gain = 0;
    for (let stage = 0; stage < 2000; stage++) {
      one!.step(prices);
      // What MSPs do changes no channel.
      same!.step(low);
      const airtime = one!.game.airtimeRoot[0]! ** 2;
      gain += (2 ** (4 / airtime) - 1) / FADING.game.signalToNoise[0]! / 2000;
    }
    expect(one!.game.airtimeRoot).to.deep.equal(same!.game.airtimeRoot);
    expect(one!.game.airtimeRoot).not.to.deep.equal(other!.game.airtimeRoot);
    expect(gain).to.be.within(0.7, 1.3);
    const snapshot = one!.snapshot();
    const again = new PricingEnvironment(FADING);
    again.restore(snapshot);
    expect(again.snapshot()).to.deep.equal(snapshot);
    expect(again.step(prices)).to.deep.equal(one!.step(prices));
    expect(again.game.airtimeRoot).to.deep.equal(one!.game.airtimeRoot);
  });

  it("cuts an episode off after its stages, and ends none by itself", () => {
    const environment = new PricingEnvironment({ ...MARKET, stages: 3 });
    environment.reset(1);
    const actions = actionsOf(environment, new Float64Array(15).fill(0.5));
    const cuts = [0, 1, 2].map(() => ({ ...environment.step(actions).truncations })["msp-1"]);
    expect(cuts).to.deep.equal([false, false, true]);
    expect([...environment.reset(2)["msp-1"]!]).to.deep.equal([0, 0, 0, 0, 0]);
  });
});

describe("Model trading: baselines", () => {
  it("constant prices are an MSP's best uniform one: 99.96 % of the equilibrium; one for all MSPs has 99.6 %", () => {
    const best = new PricingTrial(MARKET, 1).stageAt(constantPrices(MARKET)).utilities;
    const total = best.reduce((sum, utility) => sum + utility, 0);
    expect(total / 7770.509453887738).to.be.closeTo(0.99958, 1e-5);
    const { utilities: same } = new PricingTrial(MARKET, 1).stageAt(new Float64Array(15).fill(0.4));
    expect(same.reduce((sum, utility) => sum + utility, 0) / 7770.509453887738).to.be.closeTo(0.9961, 1e-4);
    for (const price of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9]) {
      const { utilities } = new PricingTrial(MARKET, 1).stageAt(new Float64Array(15).fill(price));
      for (const [n, utility] of utilities.entries()) expect(utility).to.be.at.most(best[n]! + 1e-6);
    }
  });

  it("nobody can do better at a stage than the clairvoyant, where budgets are slack", () => {
    const trial = new PricingTrial(FADING, 5);
    const random = new SeededRandom(4, "test");
    for (let stage = 0; stage < 50; stage++) {
      const prices = clairvoyantPrices(FADING, trial.market.game);
      const followers = new Followers(trial.market.game, "rational");
      followers.respond(prices);
      const before = followers.providerUtilities(prices);
      expect(Math.max(...followers.cpuMultiplier, ...followers.radioMultiplier)).to.equal(0);
      for (let attempt = 0; attempt < 20; attempt++) {
        const moved = prices.map((price) => Math.min(2, price * (0.5 + random.uniform())));
        followers.respond(moved);
        for (const [n, utility] of followers.providerUtilities(moved).entries()) {
          expect(utility).to.be.at.most(before[n]! * (1 + 1e-9));
        }
      }
      trial.stageAt(prices);
    }
  });
});

describe("Model trading: learners of prices", function () {
  this.timeout(60_000);
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  /** What MSP 1 has learned after some updates, and what all have. */
  const learned = (
    name: PricingLearner,
    market: PricingMarket,
  ): { first: NamedNumbers; all: NamedNumbers } => {
    const learner = pricingLearner(engine, name, market, { seed: 3 });
    for (let update = 0; update < 4; update++) learner.learn();
    const all = learner.snapshot();
    learner.dispose();
    return { first: within("agent/msp-1", all), all };
  };

  it("MDDR learns the same, bit for bit, whatever is private to an MU and shows in no model it sells", () => {
    const { game } = ROOMY;
    const usual = learned("MDDR", ROOMY);
    const more = (values: Float64Array) => values.map((value, m) => value * (1.5 + 0.1 * m));
    for (const fields of [
      { cpuGigahertz: more(game.cpuGigahertz), radioMegahertz: more(game.radioMegahertz) },
      { serviceGigacycles: more(game.serviceGigacycles) },
      // Cheaper cycles, but more of them: the same models at other costs and allocations.
      {
        computationCost: game.computationCost.map((cost) => cost / 4),
        gigacyclesPerFloat: game.gigacyclesPerFloat * 4,
      },
    ]) {
      const market = withFields(ROOMY, fields);
      expect(usersOf(market)).not.to.deep.equal(usersOf(ROOMY));
      expect(learned("MDDR", market).all).to.deep.equal(usual.all);
    }
  });

  it("MDDR's MSP 1 learns the same whatever is private to the other MSPs", () => {
    const { game } = ROOMY;
    const usual = learned("MDDR", ROOMY);
    for (const fields of [
      { profit: others(game.profit) },
      { potential: others(game.potential) },
      { uploadMegabits: others(game.uploadMegabits) },
    ]) {
      const { first, all } = learned("MDDR", withFields(ROOMY, fields));
      expect(first).to.deep.equal(usual.first);
      expect(all).not.to.deep.equal(usual.all);
    }
  });

  it("MAPPO's MSP 1 does not: its critic sees what the others bought", () => {
    const { first } = learned("MAPPO", ROOMY);
    const changed = withFields(ROOMY, { potential: others(ROOMY.game.potential) });
    expect(learned("MAPPO", changed).first).not.to.deep.equal(first);
  });

  /** Another value for every MSP but the first. */
  const others = (values: Float64Array) => values.map((value, at) => (at % 3 === 0 ? value : value * 1.1));

  /** What is private to the MUs: their budgets for models, what they do and what it costs them. */
  const usersOf = ({ game, participation }: PricingMarket) => {
    const followers = new Followers(game, participation);
    followers.respond(new Float64Array(15).fill(0.5));
    const { cpuBudget, gigahertzCost } = game;
    return { cpuBudget, gigahertzCost, computation: followers.computation };
  };

  for (const name of ["MDDR", "MAPPO"] as const) {
    it(`${name} reaches 99.97 % of every MSP's utility at the equilibrium within 3,600 steps`, () => {
      const { utility } = decoupledPrices(MARKET.game, "rational");
      for (const seed of [1, 2, 3, 4, 5]) {
        const learner = pricingLearner(engine, name, MARKET, { seed });
        while (learner.steps + 256 <= 3600) learner.learn();
        const trial = new PricingTrial(MARKET, 1);
        for (let stage = 0; stage < 8; stage++) trial.stage(learner);
        const { utilities } = trial.stage(learner);
        for (const [n, best] of utility.entries()) expect(utilities[n]! / best).to.be.at.least(0.9997);
        learner.dispose();
      }
    });
  }

  it("MDDR earns more than any constant price where fading matters", () => {
    const learner = pricingLearner(engine, "MDDR", FADING, { seed: 1 });
    while (learner.steps < 16_384) learner.learn();
    const meanOf = (choose: (trial: PricingTrial) => { utilities: Float64Array }) => {
      const trial = new PricingTrial(FADING, 99);
      let sum = 0;
      for (let stage = 0; stage < 400; stage++) {
        for (const utility of choose(trial).utilities) sum += utility / 400;
      }
      return sum;
    };
    const clairvoyant = meanOf((trial) => trial.stageAt(clairvoyantPrices(FADING, trial.market.game)));
    const constant = constantPrices(FADING);
    const lost = (earned: number) => 1 - earned / clairvoyant;
    const byConstant = lost(meanOf((trial) => trial.stageAt(constant)));
    const byLearner = lost(meanOf((trial) => trial.stage(learner)));
    expect(byConstant).to.be.greaterThan(0.007);
    expect(byLearner).to.be.within(0, 0.7 * byConstant);
    learner.dispose();
  });
});
