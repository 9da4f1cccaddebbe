import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { canonicalJson } from "../../../../experiments/sweeps/canonicalJson.ts";
import { expandSweep } from "../../../../experiments/sweeps/expandSweep.ts";
import { parseSweep, readSweep } from "../../../../experiments/sweeps/SweepSpec.ts";
import { thrown } from "../../thrown.ts";
import { BASE } from "./sweepBase.ts";

const EXAMPLE = fileURLToPath(new URL("../../../../examples/sweep.json", import.meta.url));

const expand = (fields: Record<string, unknown>) =>
  expandSweep(parseSweep({ name: "test", base: BASE, seeds: [1, 2], ...fields }));

describe("expandSweep", () => {
  it("makes every combination of axes and settings with every seed, seed by seed", () => {
    const { columns, values, settings, runs } = expand({
      axes: [
        { field: "partition.alpha", name: "α", values: [0.1, 1] },
        { field: "strategy", values: ["fedavg", { kind: "fedprox", proximalMu: 0.1 }] },
      ],
      settings: [
        { name: "short", set: { rounds: 1 } },
        { name: "long", set: { rounds: 3, "training.maxSteps": 4 } },
      ],
    });
    expect(columns).to.deep.equal(["setting", "α", "strategy"]);
    expect(values).to.deep.equal([
      ["short", "long"],
      ["0.1", "1"],
      ["fedavg", "fedprox, proximalMu 0.1"],
    ]);
    expect(settings).to.have.length(8);
    expect(settings[7]).to.deep.include({ keys: ["long", "1", "fedprox, proximalMu 0.1"] });
    expect(settings[7]!.setting).to.deep.include({
      rounds: 3,
      training: { ...BASE.training, maxSteps: 4 },
      partition: { kind: "dirichlet", alpha: 1 },
      strategy: { kind: "fedprox", proximalMu: 0.1 },
    });
    expect(runs.map(({ seed, place }) => [seed, place])).to.deep.equal(
      [1, 2].flatMap((seed) => settings.map((_, place) => [seed, place])),
    );
    expect(new Set(runs.map(({ name }) => name)).size).to.equal(16);
    expect(runs[0]!.name).to.match(/^[0-9a-f]{32}$/);
  });

  it("names a run by what it is, not by how its file is written or what else is run", () => {
    const name = (fields: Record<string, unknown>, place = 0) => expand(fields).runs[place]!.name;
    const known = name({});
    const reversed = Object.fromEntries(Object.entries(BASE).reverse());
    expect(name({ base: reversed })).to.equal(known);
    expect(name({ base: { ...BASE, weights: "samples", evaluateEvery: 1, strategy: "fedavg" } })).to.equal(
      known,
    );
    expect(name({ name: "other", title: "Another" })).to.equal(known);
    expect(name({ axes: [{ field: "partition.alpha", values: [5, 0.1] }] }, 1)).to.equal(known);
    expect(name({ seeds: [2] })).not.to.equal(known);
    expect(name({ base: { ...BASE, rounds: 3 } })).not.to.equal(known);
  });

  it("runs mechanisms as the last column", () => {
    const { columns, values } = expand({
      kind: "laboratory",
      base: {
        ...{
          dataset: "mnist",
          model: BASE.model,
          rounds: 2,
          training: { ...BASE.training, samplesPerRound: 9 },
        },
        schedule: { epochSeconds: 60, commitSeconds: 10 },
        population: { groups: [{ name: "all", count: 3 }] },
      },
      axes: [{ field: "drift", values: [0, 1] }],
      mechanisms: [
        { name: "equal pay", mechanism: { baseline: "equal", budget: "10" } },
        { name: "by samples", mechanism: { baseline: "samples", budget: "10" } },
      ],
    });
    expect([columns, values[1]]).to.deep.equal([
      ["drift", "mechanism"],
      ["equal pay", "by samples"],
    ]);
  });

  it("says which settings do not hold, and why", () => {
    const refused = (fields: Record<string, unknown>) => {
      const error = thrown(() => expand(fields));
      expect(error.code).to.equal("SWEEP_INVALID");
      return error.details!;
    };
    const wrong = refused({ axes: [{ field: "partition.alpha", values: [0.1, -1] }] });
    expect(wrong).to.include("base with partition.alpha -1:").and.to.include("partition.alpha");
    expect(wrong).not.to.include("alpha 0.1");
    expect(refused({ axes: [{ field: "sterategy", values: ["fedavg"] }] })).to.include(
      "there is no field sterategy",
    );
    expect(refused({ axes: [{ field: "dataset.writers.x", values: [true] }] })).to.include(
      'dataset.writers.x cannot be set, for dataset is "mnist", which has no fields',
    );
    expect(refused({ base: { ...BASE, clients: "natural", partition: undefined } })).to.include(
      "don't tell their natural clients",
    );
    expect(refused({ base: { ...BASE, clients: 100_000, rounds: 10_000 } })).to.include(
      "100,000 clients a round × 10,000 rounds × 1 epochs come to 1,000,000,000 passes of clients over their data in a run, above 100,000,000; take fewer",
    );
    expect(refused({ axes: [{ field: "strategy", values: ["fedavg", { kind: "fedavg" }] }] })).to.include(
      '"fedavg" and {"kind":"fedavg"} are the same setting',
    );
    expect(refused({ mechanisms: [{ name: "a", mechanism: {} }] })).to.include("there is no field mechanism");
  });

  it("bounds what a file may ask for", () => {
    const refused = (fields: Record<string, unknown>) => thrown(() => expand(fields)).details!;
    expect(refused({ seeds: Array.from({ length: 1001 }, (_, i) => i) })).to.include("seeds");
    expect(refused({ seeds: [1, 1] })).to.include("1 is there twice");
    const axis = (field: string) => ({ field, values: Array.from({ length: 64 }, (_, i) => i) });
    expect(refused({ axes: ["rounds", "clients", "fractionBits"].map(axis) })).to.include(
      "262,144 settings × 2 seeds come to 524,288 runs, above 10,000; make several sweeps of it",
    );
    expect(refused({ axes: [{ field: "__proto__.polluted", values: [1] }] })).to.include(
      "a field is named as in",
    );
    expect(refused({ name: "../up" })).to.include("name");
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    // Each run is borne, and all together are not.
    const many = {
      base: { ...BASE, clients: 10_000, rounds: 2_000 },
      seeds: Array.from({ length: 51 }, (_, i) => i),
    };
    const error = thrown(() => expand(many));
    expect([error.code, error.details]).to.deep.equal([
      "SWEEP_TOO_LARGE",
      "20,000,000 passes of all settings × 51 seeds come to 1,020,000,000 passes of clients over their data in a sweep, above 1,000,000,000.",
    ]);
    expect(
      refused({
        base: { ...BASE, rounds: 10_000 },
        seeds: Array.from({ length: 1001 }, (_, i) => i).slice(1),
        axes: [{ field: "clients", values: [2, 3] }],
      }),
    ).to.include("20,000,000 points of curves, above 10,000,000");
  });
});

describe("canonicalJson", () => {
  it("is the same for equal values, at any depth, and tells others apart", () => {
    const one = { b: [{ d: 1, c: "ü" }], a: null };
    const other = { a: null, b: [{ c: "ü", d: 1 }] };
    expect(canonicalJson(one))
      .to.equal('{"a":null,"b":[{"c":"ü","d":1}]}')
      .and.to.equal(canonicalJson(other));
    expect(canonicalJson({ a: [1, 2] })).not.to.equal(canonicalJson({ a: [2, 1] }));
  });
});

describe("the example of a sweep", () => {
  it("is one", async () => {
    const sweep = await readSweep(EXAMPLE);
    expect(expandSweep(sweep).runs).to.have.length(20);
  });
});
