import { expect } from "chai";
import fc from "fast-check";
import {
  deviationsFrom,
  type GameInstance,
  NO_GAIN,
  type Profile,
  profileOf,
} from "../../../../mechanisms/twin-migration/mathematics/game/deviations.ts";
import { MigrationGame } from "../../../../mechanisms/twin-migration/mathematics/game/MigrationGame.ts";
import { positiveRoot } from "../../../../mechanisms/twin-migration/mathematics/game/positiveRoot.ts";
import { vehicleDemand } from "../../../../mechanisms/twin-migration/mathematics/game/responses.ts";
import { WholesaleMarket } from "../../../../mechanisms/twin-migration/mathematics/game/WholesaleMarket.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { tiered } from "../../../tier.ts";

const GAMES = tiered(500, 10_000);
/** A planted error in a price. */
const WRONG = 0.03;

/** A random game: from far too little capacity to far too much, prices and costs of any size. */
function drawnGame(random: SeededRandom): GameInstance {
  const uniform = (low: number, high: number) => low + (high - low) * random.uniform();
  const whole = (low: number, high: number) => Math.floor(uniform(low, high + 1));
  const edges = whole(1, 6);
  const clouds = whole(1, 3);
  const vehicles = whole(1, 24);
  const leastRetail = uniform(0.1, 0.4);
  const greatestRetail = leastRetail + uniform(0.02, 0.4);
  const edgeUnitCost = uniform(0.05, 0.3);
  const leastWholesale = edgeUnitCost * uniform(1, 1.5);
  const capacity = uniform(1, 30);
  return {
    edges,
    clouds,
    suppliers: Array.from({ length: edges }, () => whole(0, clouds - 1)),
    capacity: Array.from({ length: edges + clouds }, (_, m) =>
      random.uniform() < 0.1 ? 0 : capacity * uniform(0, 2) * (m < edges ? 1 : 5),
    ),
    worth: Array.from({ length: vehicles }, () => greatestRetail * uniform(1.02, 4)),
    scale: Array.from({ length: vehicles }, () => uniform(0.5, 5)),
    hosts: Array.from({ length: vehicles }, () => whole(0, edges + clouds - 1)),
    box: {
      leastRetail,
      greatestRetail,
      leastWholesale,
      greatestWholesale: leastWholesale + uniform(0.01, 0.5),
      edgeUnitCost,
      cloudUnitCost: uniform(0.02, 1) * leastWholesale,
    },
  };
}

function solved(instance: GameInstance): MigrationGame {
  const game = new MigrationGame(instance.worth.length, instance);
  game.solve(instance.worth, instance.scale, instance.hosts);
  return game;
}

/** A profile with vehicles that answer its prices. */
function withPrices(instance: GameInstance, theta: ArrayLike<number>, wholesale: ArrayLike<number>): Profile {
  const { worth, scale, hosts } = instance;
  const beta = Array.from(worth, (a, v) => vehicleDemand(a, scale[v]!, theta[hosts[v]!]!));
  return { theta, wholesale, beta };
}

describe("Twin migration, properties: the game", function () {
  this.timeout(200_000);

  it(`nobody gains by deviating from the equilibria of ${GAMES} random games`, () => {
    for (let seed = 0; seed < GAMES; seed++) {
      const instance = drawnGame(new SeededRandom(seed, "game"));
      const { most, violations } = deviationsFrom(instance, profileOf(solved(instance)));
      expect(most, `seed ${seed}`).to.be.at.most(NO_GAIN);
      expect(violations, `seed ${seed}`).to.deep.equal([]);
    }
  });

  it("an error of 3 % in any price that somebody pays is found", () => {
    let planted = 0;
    for (let seed = 0; seed < GAMES / 5; seed++) {
      const instance = drawnGame(new SeededRandom(seed, "planted"));
      const game = solved(instance);
      const found = (theta: ArrayLike<number>, wholesale: ArrayLike<number>, what: string) => {
        planted++;
        const { most, violations } = deviationsFrom(instance, withPrices(instance, theta, wholesale));
        expect(most > NO_GAIN || violations.length > 0, `seed ${seed}, ${what}: gain ${most}`).to.equal(true);
      };
      for (const factor of [1 - WRONG, 1 + WRONG]) {
        for (let m = 0; m < game.theta.length; m++) {
          if (!(game.N[m]! > 0)) continue;
          const theta = game.theta.map((price, at) => (at === m ? price * factor : price));
          found(theta, game.wholesale, `θ of server ${m} times ${factor}`);
        }
        for (let i = 0; i < instance.clouds; i++) {
          if (!(game.wholesaleOf(i).demand(game.wholesale[i]!) > 1e-6)) continue;
          const wholesale = game.wholesale.map((price, at) => (at === i ? price * factor : price));
          found(game.theta, wholesale, `w of cloud ${i} times ${factor}`);
        }
      }
    }
    expect(planted).to.be.above(GAMES / 5);
  });

  it("money balances: what vehicles pay is what servers take, what edges buy is what clouds sell", () => {
    for (let seed = 0; seed < GAMES / 5; seed++) {
      const instance = drawnGame(new SeededRandom(seed, "money"));
      const game = solved(instance);
      const { edges, box, suppliers, hosts } = instance;
      const paid = new Float64Array(game.theta.length);
      for (let v = 0; v < hosts.length; v++) paid[hosts[v]!]! += game.theta[hosts[v]!]! * game.beta[v]!;
      let costs = 0;
      for (let m = 0; m < paid.length; m++) {
        expect(paid[m], `seed ${seed}`).to.be.closeTo(game.theta[m]! * game.sold[m]!, 1e-9 * (1 + paid[m]!));
        const bought = m < edges ? game.bought[m]! : 0;
        costs += m < edges ? box.edgeUnitCost * (game.sold[m]! - bought) : box.cloudUnitCost * game.sold[m]!;
        if (m < edges) costs += box.cloudUnitCost * bought;
      }
      for (let i = 0; i < instance.clouds; i++) {
        const sold = game.wholesaleOf(i).demand(game.wholesale[i]!);
        let bought = 0;
        for (let j = 0; j < edges; j++) if (suppliers[j] === i) bought += game.bought[j]!;
        expect(bought).to.be.closeTo(sold, 1e-9 * (1 + sold));
      }
      // Wholesale prices cancel: what all servers earn is what vehicles pay less what units cost.
      const earned = game.serverUtility.reduce((a, b) => a + b, 0);
      const total = paid.reduce((a, b) => a + b, 0);
      expect(earned, `seed ${seed}`).to.be.closeTo(total - costs, 1e-8 * (1 + total));
    }
  });

  it("no wholesale price on a fine grid is better than the one found", () => {
    for (let seed = 0; seed < GAMES / 25; seed++) {
      const random = new SeededRandom(seed, "grid");
      const { box, capacity } = drawnGame(random);
      const market = new WholesaleMarket(4, box);
      for (let j = 0; j < 4; j++) {
        const N = 1 + 10 * random.uniform();
        market.add(box.greatestRetail * N * (1.05 + 3 * random.uniform()), N, 10 * random.uniform());
      }
      const room = capacity[0]!;
      const utility = (w: number) => (w - box.cloudUnitCost) * market.demand(w);
      const w = market.best(room);
      for (let k = 0; k <= 4000; k++) {
        const other = box.leastWholesale + ((box.greatestWholesale - box.leastWholesale) * k) / 4000;
        if (market.demand(other) > room) continue;
        expect(utility(other), `seed ${seed}, w ${other}`).to.be.at.most(utility(w) + 1e-9);
      }
    }
  });

  it("finds the real root of x³ + px = q", () => {
    const size = fc.double({ min: -12, max: 12, noNaN: true }).map((e) => 10 ** e);
    fc.assert(
      fc.property(size, size, (p, q) => {
        const x = positiveRoot(p, q);
        expect(x).to.be.above(0);
        expect(Math.abs(x * x * x + p * x - q) / q).to.be.below(1e-10);
      }),
    );
  });
});
