import { expect } from "chai";
import fc from "fast-check";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { type Distribution, drawFrom } from "../../../tasks/population/distribution.ts";
import { Population } from "../../../tasks/population/Population.ts";
import { parsePopulation } from "../../../tasks/population/populationSpec.ts";
import { runs } from "../../tier.ts";

const BOUNDS = { least: 0, most: 1000 };
const value = fc.double({ min: 0, max: 1000, noNaN: true });
const distribution: fc.Arbitrary<Distribution> = fc.oneof(
  value,
  fc
    .tuple(value, value)
    .map(([a, b]) => ({ kind: "uniform" as const, from: Math.min(a, b), to: Math.max(a, b) })),
  fc.record({ kind: fc.constant("normal" as const), mean: value, deviation: value }),
  fc.record({
    kind: fc.constant("gamma" as const),
    shape: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    scale: value,
  }),
  fc.array(value, { minLength: 1, maxLength: 8 }).map((values) => ({ kind: "choice" as const, values })),
  fc
    .array(fc.tuple(value, fc.nat({ max: 5 })), { minLength: 1, maxLength: 8 })
    .filter((pairs) => pairs.some(([, weight]) => weight > 0))
    .map((pairs) => ({
      kind: "choice" as const,
      values: pairs.map(([one]) => one),
      weights: pairs.map(([, weight]) => weight),
    })),
);
const groups = fc.array(
  fc.record({
    amount: fc.oneof(
      fc.record({ count: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ share: fc.integer({ min: 1, max: 9 }) }),
    ),
    refresh: distribution,
  }),
  { minLength: 1, maxLength: 5 },
);

describe("properties of populations", () => {
  it("a draw is within its bounds, and the same again", () => {
    fc.assert(
      fc.property(distribution, fc.nat(), (of, seed) => {
        const drawn = drawFrom(of, new SeededRandom(seed), BOUNDS);
        expect(drawn).to.be.within(BOUNDS.least, BOUNDS.most);
        expect(drawFrom(of, new SeededRandom(seed), BOUNDS)).to.equal(drawn);
      }),
      runs(300),
    );
  });

  it("who a client is does not depend on how many others there are", () => {
    fc.assert(
      fc.property(groups, fc.nat({ max: 60 }), fc.nat({ max: 60 }), fc.nat(), (of, few, more, seed) => {
        const spec = parsePopulation({
          groups: [...of, { amount: { share: 1 }, refresh: 1 }].map(({ amount, refresh }, i) => ({
            ...{ name: `group-${i}`, ...amount, costs: { refresh } },
          })),
        });
        const counted = spec.groups.reduce((sum, { count = 0 }) => sum + count, 0);
        const small = new Population(spec, { clients: counted + few, seed });
        const large = new Population(spec, { clients: counted + few + more, seed });
        for (let client = 0; client < small.count; client += 7) {
          const { owner: _, ...one } = small.client(client);
          expect(large.client(client)).to.deep.include(one);
        }
      }),
      runs(50),
    );
  });

  it("every beginning of the clients has the groups' shares, but for less than a client a group", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 200 }),
        (shares, clients) => {
          const spec = parsePopulation({
            groups: shares.map((share, i) => ({ name: `group-${i}`, share })),
          });
          const whole = shares.reduce((sum, share) => sum + share, 0);
          const sizes = [...new Population(spec, { clients, seed: 1 }).sizes().values()];
          expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(clients);
          for (const [i, size] of sizes.entries()) {
            expect(Math.abs(size - (shares[i]! / whole) * clients)).to.be.lessThan(shares.length);
          }
        },
      ),
      runs(100),
    );
  });
});
