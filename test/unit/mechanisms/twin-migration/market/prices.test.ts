import { expect } from "chai";

import {
  cloudPrice,
  edgePrice,
  type SearchBox,
  type Seller,
  wholesaleRegret,
} from "../../../../../mechanisms/twin-migration/audit/equilibrium.ts";
import { RULES } from "../../../../../mechanisms/twin-migration/audit/rules.ts";
import { DEFAULT_PARAMETERS } from "../../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import {
  CUT_SECONDS,
  type PricedServer,
  PUBLIC_WORTH,
  postedPrices,
  SCALE_KILOBYTES,
  UNIT_KILOBYTES,
} from "../../../../../mechanisms/twin-migration/pricing/postedPrices.ts";
import { SeededRandom } from "../../../../../numerics/SeededRandom.ts";

const BOX: SearchBox = { retail: [0.3, 0.5], wholesale: [0.12, 0.4], edgeCost: 0.12, cloudCost: 0.06 };

/** A market of two clouds with two edges each, and twins that a seed places. */
function market(seed: number) {
  const random = new SeededRandom(seed, "prices");
  const own = (least: number, most: number) => Math.round(least + random.uniform() * (most - least));
  const clouds = ["cloud 0", "cloud 1"].map(
    (address): PricedServer => ({ address, cloud: undefined, own: own(50_000, 400_000) }),
  );
  const edges = [0, 1, 2, 3].map(
    (j): PricedServer => ({ address: `edge ${j}`, cloud: `cloud ${j % 2}`, own: own(5000, 80_000) }),
  );
  const servers = [...edges, ...clouds];
  const hosted = Array.from({ length: random.integer(20) }, () => ({
    server: servers[random.integer(servers.length)]!.address,
    kilobytes: own(2500, 12_500),
  }));
  const sellerOf = ({ address, own }: PricedServer): Seller | undefined => {
    const s = hosted
      .filter(({ server }) => server === address)
      .map(({ kilobytes }) => kilobytes / SCALE_KILOBYTES);
    const N = s.reduce((a, b) => a + b, 0);
    return N === 0 ? undefined : { A: PUBLIC_WORTH * N, N, K: own / UNIT_KILOBYTES };
  };
  return { edges, clouds, hosted, sellerOf };
}

describe("prices that servers post", () => {
  it("are what the audit finds by search, in 60 random markets", function () {
    this.timeout(60_000);
    for (let seed = 0; seed < 60; seed++) {
      const { edges, clouds, hosted, sellerOf } = market(seed);
      const prices = postedPrices(edges, clouds, hosted);
      for (const edge of edges) {
        const { theta, wholesale } = prices.get(edge.address)!;
        const seller = sellerOf(edge);
        const due = seller === undefined ? 0.4 : edgePrice(seller, wholesale / 1e6, BOX);
        expect(theta / 1e6, `seed ${seed}, ${edge.address}`).closeTo(due, 5e-5);
      }
      for (const cloud of clouds) {
        const { theta, wholesale } = prices.get(cloud.address)!;
        const seller = sellerOf(cloud);
        const retail = seller === undefined ? { theta: 0.4, sold: 0 } : cloudPrice(seller, BOX);
        expect(theta / 1e6, `seed ${seed}, ${cloud.address}`).closeTo(retail.theta, 5e-5);
        const buyers = edges
          .filter((edge) => edge.cloud === cloud.address)
          .flatMap((edge) => sellerOf(edge) ?? []);
        if (buyers.length === 0) continue;
        const room = Math.max(cloud.own / UNIT_KILOBYTES - retail.sold, 0);
        const stake = buyers.reduce((sum, { A }) => sum + A, 0);
        const regret = wholesaleRegret(wholesale / 1e6, buyers, room, BOX);
        expect(regret, `seed ${seed}, ${cloud.address}`).at.most(1e-6 * stake);
      }
    }
  });

  it("are not, to the audit, when one is 3 % off", function () {
    this.timeout(60_000);
    let found = 0;
    let paid = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { edges, clouds, hosted, sellerOf } = market(seed);
      const prices = postedPrices(edges, clouds, hosted);
      for (const cloud of clouds) {
        const { wholesale } = prices.get(cloud.address)!;
        const buyers = edges
          .filter((edge) => edge.cloud === cloud.address)
          .flatMap((edge) => sellerOf(edge) ?? []);
        const w = wholesale / 1e6;
        // Somebody pays it.
        const buys = buyers.some((edge) => edge.A / edgePrice(edge, w, BOX) - edge.N > edge.K + 0.05);
        const wrong = w * 1.03 <= 0.4 ? w * 1.03 : w * 0.97;
        if (!buys) continue;
        paid++;
        const seller = sellerOf(cloud);
        const sold = seller === undefined ? 0 : cloudPrice(seller, BOX).sold;
        const room = Math.max(cloud.own / UNIT_KILOBYTES - sold, 0);
        const stake = buyers.reduce((sum, { A }) => sum + A, 0);
        if (wholesaleRegret(wrong, buyers, room, BOX) > 1e-6 * stake) found++;
      }
    }
    expect(paid).above(5);
    expect(found).equal(paid);
  });

  it("answer to what a cloud asks, also where that is not the game's", () => {
    let changed = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { edges, clouds, hosted, sellerOf } = market(seed);
      const game = postedPrices(edges, clouds, hosted);
      for (const named of [400_000, 130_000, 0]) {
        const asked = new Map(clouds.map(({ address }) => [address, named]));
        const prices = postedPrices(edges, clouds, hosted, asked);
        for (const edge of edges) {
          const { theta, wholesale } = prices.get(edge.address)!;
          expect(wholesale).equal(named);
          const seller = sellerOf(edge);
          const due = seller === undefined ? 0.4 : edgePrice(seller, (named || 400_000) / 1e6, BOX);
          expect(theta / 1e6, `seed ${seed}, ${edge.address} at ${named}`).closeTo(due, 5e-5);
          if (Math.abs(theta - game.get(edge.address)!.theta) > 1000) changed++;
        }
        for (const { address } of clouds) expect(prices.get(address)).eql(game.get(address));
      }
      const same = new Map(clouds.map(({ address }) => [address, game.get(address)!.wholesale]));
      expect(postedPrices(edges, clouds, hosted, same)).eql(game);
    }
    expect(changed).above(5);
  });

  it("follow the rules that the audit has written down for itself", () => {
    expect([RULES.worth, RULES.scaleKilobytes, RULES.unitKilobytes, RULES.cutSeconds]).eql([
      PUBLIC_WORTH,
      SCALE_KILOBYTES,
      UNIT_KILOBYTES,
      CUT_SECONDS,
    ]);
    const { edgeUnitCost, cloudUnitCost, leastRetail, greatestRetail } = DEFAULT_PARAMETERS;
    expect([RULES.edgeCost, RULES.cloudCost]).eql([edgeUnitCost, cloudUnitCost]);
    expect(RULES.retailMicro).eql([leastRetail * 1e6, greatestRetail * 1e6]);
  });
});
