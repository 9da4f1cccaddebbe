import { expect } from "chai";
import { id } from "ethers";
import { type ClientFacts, sampleClients } from "../../../learning/federated/sampling/sampleClients.ts";
import { type SamplingSpec, samplingSpecSchema } from "../../../learning/federated/sampling/samplingSpec.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { drawnWorkers } from "../../../protocol/draws.ts";
import { thrown } from "../thrown.ts";

const alike = (count: number, facts: Partial<ClientFacts> = {}): ClientFacts => ({
  count,
  drawnOn: (subchain) => drawnWorkers(subchain, 0),
  sizeOf: () => 10,
  lossOf: () => 1,
  ageOf: () => 1,
  ...facts,
});
const draw = (spec: SamplingSpec, facts: ClientFacts, seed: number) =>
  Array.from(sampleClients(spec, facts, new SeededRandom(1, "sampling", seed)));

/** How often each client was drawn. */
function counts(spec: SamplingSpec, facts: ClientFacts, draws: number): number[] {
  const found = Array.from({ length: facts.count }, () => 0);
  for (let seed = 0; seed < draws; seed++) for (const client of draw(spec, facts, seed)) found[client]!++;
  return found;
}

describe("sampleClients", () => {
  it("takes all, or all that there are", () => {
    expect(draw({ kind: "all" }, alike(3), 1)).to.deep.equal([0, 1, 2]);
    expect(draw({ kind: "uniform", clients: 5 }, alike(3), 1)).to.deep.equal([0, 1, 2]);
    expect(draw({ kind: "uniform", clients: 5 }, alike(0), 1)).to.deep.equal([]);
  });

  it("draws the same from the same seed, others from another", () => {
    const uniform = { kind: "uniform", clients: 50 } as const;
    expect(draw(uniform, alike(10_000), 1)).to.deep.equal(draw(uniform, alike(10_000), 1));
    expect(draw(uniform, alike(10_000), 1)).not.to.deep.equal(draw(uniform, alike(10_000), 2));
    expect(draw(uniform, alike(40), 1).length).to.equal(40);
    // The bits that every machine draws.
    expect(draw({ kind: "uniform", clients: 4 }, alike(100), 7)).to.deep.equal(UNIFORM);
    const bySize = alike(100, { sizeOf: (client) => client });
    expect(draw({ kind: "size", clients: 4 }, bySize, 7)).to.deep.equal(BY_SIZE);
  });

  it("draws all alike as often, within five standard deviations", () => {
    const draws = 4000;
    const share = 3 / 12;
    const deviation = Math.sqrt(draws * share * (1 - share));
    for (const count of counts({ kind: "uniform", clients: 3 }, alike(12), draws)) {
      expect(Math.abs(count - draws * share)).to.be.below(5 * deviation);
    }
  });

  it("draws one in proportion to its samples, and none without any", () => {
    const sizes = [0, 1, 2, 5, 12];
    const draws = 6000;
    const found = counts({ kind: "size", clients: 1 }, alike(5, { sizeOf: (c) => sizes[c]! }), draws);
    for (const [client, count] of found.entries()) {
      const share = sizes[client]! / 20;
      expect(Math.abs(count - draws * share)).to.be.at.most(5 * Math.sqrt(draws * share * (1 - share)));
    }
  });

  it("draws several one after the other in proportion to what is left", () => {
    const weights = [1, 2, 3];
    const draws = 6000;
    const found = counts({ kind: "size", clients: 2 }, alike(3, { sizeOf: (c) => weights[c]! }), draws);
    // P(i) = w_i/6 + Σ_j w_j/6 · w_i/(6 − w_j)
    for (const [i, w] of weights.entries()) {
      const second = weights.reduce((sum, v, j) => (j === i ? sum : sum + (v / 6) * (w / (6 - v))), 0);
      const share = w / 6 + second;
      expect(Math.abs(found[i]! - draws * share)).to.be.below(5 * Math.sqrt(draws * share * (1 - share)));
    }
  });

  it("chooses the largest losses of all that are candidates, who never trained first", () => {
    const losses = [0.5, undefined, 3, Number.NaN, 2, 0.1];
    const facts = alike(6, { lossOf: (client) => losses[client] });
    expect(draw({ kind: "loss", clients: 3, candidates: 6 }, facts, 1)).to.deep.equal([1, 2, 3]);
    expect(draw({ kind: "loss", clients: 4, candidates: 6 }, facts, 1)).to.deep.equal([1, 2, 3, 4]);
    // With as many candidates as clients, losses have no say.
    const bySize = draw({ kind: "size", clients: 3 }, facts, 5);
    expect(draw({ kind: "loss", clients: 3, candidates: 3 }, facts, 5)).to.deep.equal(bySize);
    expect(draw({ kind: "loss", clients: 3, candidates: 1 }, facts, 5)).to.deep.equal(bySize);
  });

  it("chooses who has waited for longer the more often, the higher the power", () => {
    const facts = alike(20, { ageOf: (client) => 1 + client });
    const older = (power: number) => {
      const found = counts({ kind: "freshness", clients: 5, power }, facts, 1000);
      return found.slice(10).reduce((sum, count) => sum + count, 0) / 5000;
    };
    const shares = [0, 1, 4].map(older);
    expect(shares[0]).to.be.closeTo(0.5, 0.05);
    expect(shares[1]!).to.be.greaterThan(0.65);
    expect(shares[2]!).to.be.greaterThan(0.95);
  });

  it("refuses what cannot be a weight with SAMPLING_WEIGHT", () => {
    for (const size of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const facts = alike(3, { sizeOf: () => size });
      expect(thrown(() => draw({ kind: "size", clients: 1 }, facts, 1))).to.have.property(
        "code",
        "SAMPLING_WEIGHT",
      );
    }
  });

  it("draws from beacons what the subchains draw, each of its own clients", () => {
    const beacons = [
      { beacon: id("beacon A"), enrolled: 12 },
      { beacon: id("beacon B"), enrolled: 3 },
      { beacon: id("beacon C"), enrolled: 30 },
    ];
    for (const [kind, sampling] of [
      ["uniform", "Uniform"],
      ["freshness", "Freshness"],
    ] as const) {
      const spec = samplingSpecSchema.parse({ kind, clients: 5, beacons });
      const inRound = (round: number) => alike(45, { drawnOn: (subchain) => drawnWorkers(subchain, round) });
      const drawnIn = (round: number) => draw(spec, inRound(round), round);
      const [a, b, c] = beacons.map((one) => Array.from(drawnWorkers({ ...one, sampling, drawn: 5 }, 7)));
      expect(drawnIn(7)).to.deep.equal([...a!, ...b!.map((i) => 12 + i), ...c!.map((i) => 15 + i)]);
      expect(b).to.deep.equal([0, 1, 2]);
      // Whatever the seed.
      expect(draw(spec, inRound(7), 99)).to.deep.equal(drawnIn(7));
      expect(drawnIn(8)).not.to.deep.equal(drawnIn(7));
      expect(thrown(() => draw(spec, alike(44), 1))).to.have.property("code", "SAMPLING_BEACONS");
    }
  });

  it("is described by a kind, with defaults", () => {
    expect(samplingSpecSchema.parse("all")).to.deep.equal({ kind: "all" });
    const freshness = { kind: "freshness", clients: 5 } as const;
    expect(samplingSpecSchema.parse(freshness)).to.deep.equal(freshness);
    const aged = alike(60, { ageOf: (client) => 1 + client });
    expect(draw(freshness, aged, 3)).to.deep.equal(draw({ ...freshness, power: 1 }, aged, 3));
    expect(draw(freshness, aged, 3)).not.to.deep.equal(draw({ ...freshness, power: 8 }, aged, 3));
    expect(samplingSpecSchema.safeParse({ kind: "uniform" }).success).to.equal(false);
    expect(samplingSpecSchema.safeParse({ kind: "uniform", clients: 0 }).success).to.equal(false);
  });

  it("knows no power from beacons, and says so", () => {
    const beacons = [{ beacon: id("beacon A"), enrolled: 12 }];
    const { error } = samplingSpecSchema.safeParse({ kind: "freshness", clients: 5, power: 1, beacons });
    expect(error?.issues.map(({ path, message }) => ({ path, message }))).to.deep.equal([
      {
        path: ["power"],
        message:
          "subchains know no power: from beacons the oldest always come first. Leave out power or beacons",
      },
    ]);
  });
});

const UNIFORM = [11, 29, 43, 70];
const BY_SIZE = [11, 43, 70, 77];
