import { expect } from "chai";
import { examplePath } from "../../../../tasks/examplePath.ts";
import { Population } from "../../../../tasks/population/Population.ts";
import { parsePopulation, readPopulation } from "../../../../tasks/population/populationSpec.ts";
import { thrown } from "../../thrown.ts";

const two = {
  groups: [
    { name: "few", count: 2, behaviour: "copy" },
    {
      name: "many",
      share: 3,
      behaviour: [
        { kind: "drop-out", probability: 0.1 },
        { kind: "slow", factor: 2 },
      ],
      costs: { refresh: { kind: "uniform", from: 0.1, to: 0.2 }, update: 0.5 },
    },
    { name: "some", share: 1 },
  ],
};
const owned = (fields: object) => ({
  clients: 1,
  groups: [{ name: "one", share: 1, costs: { update: 0.25 }, mechanisms: { "model-trading": fields } }],
});
const OWNER = {
  ...{ computationCost: { tokens: 1.5 }, bandwidthCost: { of: "update", times: 2 } },
  ...{ cpuGigahertz: 2, radioMegahertz: 1, gigacyclesPerSample: 0.01, samplesPerSecond: 10 },
  ...{ accuracy: { kind: "uniform", from: 0.7, to: 0.8 }, uploadMegabits: 1, signalToNoise: 100 },
};

describe("a population", () => {
  it("has groups by counts first, then by shares", () => {
    const population = new Population(parsePopulation(two), { clients: 10, seed: 1 });
    expect([...population.sizes()]).to.deep.equal([
      ["few", 2],
      ["many", 6],
      ["some", 2],
    ]);
    expect(population.client(0)).to.deep.include({
      group: "few",
      name: "client 1",
      behaviours: [{ kind: "copy" }],
    });
    expect(population.client(2).behaviours.map(({ kind }) => kind)).to.deep.equal(["drop-out", "slow"]);
    expect(population.client(2).costs.update).to.equal(5n * 10n ** 17n);
    const { refresh } = population.client(2).costs;
    expect(refresh >= 10n ** 17n && refresh < 2n * 10n ** 17n).to.equal(true);
    expect(refresh).not.to.equal(population.client(3).costs.refresh);
  });

  it("draws what mechanisms ask of an owner, and amounts in wei", () => {
    const population = new Population(parsePopulation(owned(OWNER)), { seed: 3 });
    const owner = population.client(0).owner("model-trading") as Record<string, unknown>;
    expect(owner).to.deep.include({ computationCost: 15n * 10n ** 17n, bandwidthCost: 5n * 10n ** 17n });
    expect(owner.accuracy).to.be.within(0.7, 0.8);
    expect(population.client(0).owner("aoi-contract")).to.equal(undefined);
  });

  it("says what of an owner does not hold", () => {
    const population = new Population(parsePopulation(owned({ ...OWNER, cpuGigahertz: 0 })), { seed: 3 });
    expect(thrown(() => population.client(0).owner("model-trading"))).to.include({
      code: "POPULATION_OWNER",
    });
  });

  it("is refused with what does not hold", () => {
    for (const [wrong, where] of [
      [{ groups: [] }, "groups"],
      [{ groups: [{ name: "a", count: 1, share: 1 }] }, "either a count or a share"],
      [
        {
          groups: [
            { name: "a", count: 1 },
            { name: "a", count: 1 },
          ],
        },
        "called a too",
      ],
      [{ clients: 3, groups: [{ name: "a", count: 2 }] }, "come to 2"],
      [{ groups: [{ name: "a", count: 2, behaviour: ["copy", "copy"] }] }, "named twice"],
      [{ groups: [{ name: "a", count: 2, behaviour: ["honest", "copy"] }] }, "nothing else"],
      [{ groups: [{ name: "a", count: 2, costs: { refresh: -1 } }] }, "refresh"],
      [{ groups: [{ name: "a", count: 2, mechanisms: { chess: {} } }] }, "no mechanism chess"],
      [
        { groups: [{ name: "a", count: 2, costs: { refresh: { kind: "uniform", from: 2, to: 1 } } }] },
        "at most to",
      ],
      [{ groups: [{ name: "a", count: 2, extra: 1 }] }, "extra"],
    ] as const) {
      const error = thrown(() => parsePopulation(wrong));
      expect(error).to.include({ code: "POPULATION_INVALID" });
      expect((error as { details?: string }).details, JSON.stringify(wrong)).to.include(where);
    }
  });

  it("of the examples is read", async () => {
    const spec = await readPopulation(examplePath("population.json"));
    const population = new Population(spec, { seed: 1 });
    expect([...population.sizes().values()]).to.deep.equal([7, 1, 1, 1]);
  });

  it("needs a number of clients where groups have shares, and one that their counts fit into", () => {
    const spec = parsePopulation(two);
    expect(thrown(() => new Population(spec, { seed: 1 }))).to.include({ code: "POPULATION_COUNT" });
    expect(thrown(() => new Population(spec, { clients: 1, seed: 1 }))).to.include({
      code: "POPULATION_COUNT",
    });
  });
});
