import { expect } from "chai";
import fc from "fast-check";
import { sampleClients } from "../../../learning/federated/sampling/sampleClients.ts";
import type { SamplingSpec } from "../../../learning/federated/sampling/samplingSpec.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { runs } from "../../tier.ts";

interface Client {
  size: number;
  loss: number | undefined;
  age: number;
}

const client: fc.Arbitrary<Client> = fc.record({
  size: fc.oneof(fc.nat({ max: 5 }), fc.double({ min: 0, max: 1e300, noNaN: true })),
  loss: fc.oneof(fc.constant(undefined), fc.double()),
  age: fc.integer({ min: 1, max: 1e9 }),
});
const clients = fc.integer({ min: 1, max: 60 });
const spec: fc.Arbitrary<SamplingSpec> = fc.oneof(
  fc.record({ kind: fc.constant("uniform" as const), clients }),
  fc.record({ kind: fc.constant("size" as const), clients }),
  fc.record({ kind: fc.constant("loss" as const), clients, candidates: clients }),
  fc.record({
    kind: fc.constant("freshness" as const),
    clients,
    power: fc.option(fc.nat({ max: 8 }), { nil: undefined }),
  }),
);
const factsOf = (of: readonly Client[]) => ({
  count: of.length,
  drawnOn: () => new Uint32Array(),
  sizeOf: (i: number) => of[i]!.size,
  lossOf: (i: number) => of[i]!.loss,
  ageOf: (i: number) => of[i]!.age,
});

/** Counts what is drawn. */
class Counted implements RandomSource {
  draws = 0;
  readonly #random: RandomSource;
  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }
  uniform(): number {
    this.draws++;
    return this.#random.uniform();
  }
  integer(bound: number): number {
    this.draws++;
    return this.#random.integer(bound);
  }
}

describe("sampleClients (property)", () => {
  it("gives as many distinct clients as asked for, of those that can be chosen, with one draw a client", () => {
    fc.assert(
      fc.property(spec, fc.array(client, { maxLength: 80 }), fc.nat(), (spec, of, seed) => {
        const random = new Counted(seed);
        const chosen = Array.from(sampleClients(spec, factsOf(of), random));
        expect(random.draws).to.equal(of.length);
        const byWeight = spec.kind === "size" || spec.kind === "loss";
        const eligible = of.filter(({ size }) => !byWeight || size > 0).length;
        expect(chosen.length).to.equal(Math.min("clients" in spec ? spec.clients : of.length, eligible));
        expect(chosen).to.deep.equal([...new Set(chosen)].sort((a, b) => a - b));
        for (const i of chosen) {
          expect(i).to.be.within(0, of.length - 1);
          if (byWeight) expect(of[i]!.size).to.be.greaterThan(0);
        }
      }),
      runs(500),
    );
  });

  it("depends on nothing but the facts and the seed", () => {
    fc.assert(
      fc.property(spec, fc.array(client, { maxLength: 80 }), fc.nat(), (spec, of, seed) => {
        const draw = () => Array.from(sampleClients(spec, factsOf(of), new SeededRandom(seed)));
        expect(draw()).to.deep.equal(draw());
      }),
      runs(200),
    );
  });

  it("leaves who was chosen beside a client in place when that one's size falls to nothing", () => {
    fc.assert(
      fc.property(clients, fc.array(client, { minLength: 1, maxLength: 80 }), fc.nat(), (most, of, seed) => {
        const spec = { kind: "size", clients: most } as const;
        const before = Array.from(sampleClients(spec, factsOf(of), new SeededRandom(seed)));
        const gone = seed % of.length;
        const without = of.map((one, i) => (i === gone ? { ...one, size: 0 } : one));
        const after = Array.from(sampleClients(spec, factsOf(without), new SeededRandom(seed)));
        for (const i of before) if (i !== gone) expect(after).to.include(i);
      }),
      runs(200),
    );
  });

  it("chooses among ten thousand clients, whatever their sizes, with ten thousand draws", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0, 1, 2, 3), (seed, shape) => {
        const sizes = [
          () => 1,
          (i: number) => i,
          (i: number) => 2 ** (i % 1000),
          (i: number) => (i === 5 ? 1e300 : 1e-300),
        ];
        const random = new Counted(seed);
        const facts = { ...factsOf([]), count: 10_000, sizeOf: sizes[shape]! };
        const chosen = sampleClients({ kind: "size", clients: 500 }, facts, random);
        expect(new Set(chosen).size).to.equal(500);
        expect(random.draws).to.equal(10_000);
      }),
      runs(8),
    );
  });
});
