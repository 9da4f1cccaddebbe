import { expect } from "chai";
import fc from "fast-check";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import type { PartitionSpec } from "../../../learning/datasets/PartitionSpec.ts";
import { partition } from "../../../learning/datasets/partition.ts";
import { partitionByClient } from "../../../learning/datasets/partitionByClient.ts";
import { partitionByLabel } from "../../../learning/datasets/partitionByLabel.ts";
import { partitionByQuantity } from "../../../learning/datasets/partitionByQuantity.ts";
import { partitionDirichlet } from "../../../learning/datasets/partitionDirichlet.ts";
import { partitionIid } from "../../../learning/datasets/partitionIid.ts";
import { partitionNaturally } from "../../../learning/datasets/partitionNaturally.ts";
import { dirichletDraw } from "../../../numerics/dirichletDraw.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { runs } from "../../tier.ts";

const labels = fc.uint8Array({ max: 4, maxLength: 200 });
const parts = fc.integer({ min: 1, max: 12 });
const seed = fc.integer();

type Partition = (labels: Uint8Array, parts: number, random: RandomSource) => Uint32Array[];
const partitions: Record<string, Partition> = {
  partitionIid: (labels, parts, random) => partitionIid(labels.length, parts, random),
  partitionByLabel: (labels, parts, random) => partitionByLabel(labels, { parts }, random),
  "partitionDirichlet, α = 0.001": (labels, parts, random) =>
    partitionDirichlet(labels, { parts, classes: 5, alpha: 0.001 }, random),
  "partitionDirichlet, α = 0.5": (labels, parts, random) =>
    partitionDirichlet(labels, { parts, classes: 5, alpha: 0.5 }, random),
  "partitionDirichlet, α = 1000": (labels, parts, random) =>
    partitionDirichlet(labels, { parts, classes: 5, alpha: 1000 }, random),
  "partitionDirichlet, α = 0.3, sizes by α = 0.1": (labels, parts, random) =>
    partitionDirichlet(labels, { parts, classes: 5, alpha: 0.3, sizeAlpha: 0.1 }, random),
  "partitionByQuantity, α = 0.1": (labels, parts, random) =>
    partitionByQuantity(labels.length, { parts, alpha: 0.1 }, random),
  "partitionByQuantity, sizes": (labels, parts, random) =>
    partitionByQuantity(
      labels.length,
      { parts, sizes: Array.from({ length: parts }, (_, i) => i + 1) },
      random,
    ),
  partitionNaturally: (labels, parts, random) =>
    // At least as many clients as parts, of unequal sizes.
    partitionNaturally(
      Uint32Array.from(labels, (label, row) => (row < 24 ? row : label)),
      Math.min(parts, Math.max(1, labels.length)),
      random,
    ),
};

for (const [name, deal] of Object.entries(partitions)) {
  describe(`${name} (property)`, () => {
    it("deals each sample to exactly one part", () => {
      fc.assert(
        fc.property(labels, parts, seed, (labels, parts, seed) => {
          fc.pre(labels.length > 0);
          const dealt = deal(labels, parts, new SeededRandom(seed));
          expect(dealt.length).to.be.within(Math.min(parts, labels.length), parts);
          const rows = dealt.flatMap((part) => [...part]).sort((a, b) => a - b);
          expect(rows).to.deep.equal([...labels.keys()]);
        }),
      );
    });

    it("deals the same by the same seed", () => {
      fc.assert(
        fc.property(labels, parts, seed, (labels, parts, seed) => {
          fc.pre(labels.length > 0);
          const first = deal(labels, parts, new SeededRandom(seed));
          expect(deal(labels, parts, new SeededRandom(seed))).to.deep.equal(first);
        }),
        runs(30),
      );
    });
  });
}

const IID = [
  [8, 10, 1, 9],
  [7, 6, 5, 11],
  [2, 4, 3, 0],
];
const DIRICHLET = [
  [10, 8],
  [3, 2, 6, 7, 1, 11, 5, 9],
  [0, 4],
];
const QUANTITY = [[5, 11, 0, 4, 7, 3, 6, 10, 8], [2], [9, 1]];
const SHARDS = [
  [1, 4, 0, 9],
  [3, 7, 5, 11],
  [10, 6, 2, 8],
];

describe("partitions (property)", () => {
  const ten = Uint8Array.from({ length: 10_000 }, (_, row) => row % 10);
  const labelsSeen = (rows: Uint32Array) => new Set([...rows].map((row) => ten[row])).size;

  it("partitionIid deals sizes that differ by at most one", () => {
    fc.assert(
      fc.property(fc.nat(500), parts, seed, (count, parts, seed) => {
        const sizes = partitionIid(count, parts, new SeededRandom(seed)).map((rows) => rows.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1);
      }),
    );
  });

  it("partitionByLabel deals few labels a part", () => {
    fc.assert(
      fc.property(seed, (seed) => {
        for (const rows of partitionByLabel(ten, { parts: 10 }, new SeededRandom(seed))) {
          expect(rows.length).to.equal(1000);
          expect(labelsSeen(rows)).to.be.at.most(2);
        }
      }),
      runs(20),
    );
  });

  it("partitionDirichlet goes from one part a label to equal shares as α grows", () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const deal = (alpha: number) =>
          partitionDirichlet(ten, { parts: 10, classes: 10, alpha }, new SeededRandom(seed));
        const total = (alpha: number) => deal(alpha).reduce((sum, rows) => sum + labelsSeen(rows), 0);
        expect(total(0.001)).to.be.within(10, 15);
        expect(total(100)).to.equal(100);
        for (const rows of deal(1e6)) expect(rows.length).to.be.within(970, 1030);
      }),
      runs(20),
    );
  });

  it("partitionDirichlet and partitionByQuantity deal every sample once, whatever α and however many parts", () => {
    const alphas = fc.constantFrom(5e-324, 1e-300, 0.001, 0.01, 0.5, 1, 100, 1e6, 1e300);
    const maybe = fc.option(alphas, { nil: undefined });
    const many = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constantFrom(1000));
    const some = fc.uint8Array({ max: 9, maxLength: 300 });
    fc.assert(
      fc.property(some, many, alphas, maybe, seed, (labels, parts, alpha, sizeAlpha, seed) => {
        const random = () => new SeededRandom(seed);
        for (const dealt of [
          partitionDirichlet(labels, { parts, classes: 10, alpha, sizeAlpha }, random()),
          partitionByQuantity(labels.length, { parts, alpha }, random()),
        ]) {
          expect(dealt).to.have.length(parts);
          const rows = dealt.flatMap((part) => [...part]).sort((a, b) => a - b);
          expect(rows).to.deep.equal([...labels.keys()]);
        }
      }),
      runs(20),
    );
  });

  it("dirichletDraw gives shares that add up to 1, also where logarithms overflow", () => {
    const alphas = fc.constantFrom(5e-324, 1e-310, 1e-300, 0.001, 1, 1e300);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), alphas, seed, (length, alpha, seed) => {
        const shares = dirichletDraw(length, alpha, new SeededRandom(seed));
        expect(shares.every((share) => share >= 0 && share <= 1)).to.equal(true);
        expect(shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-12);
      }),
    );
  });

  it("partitionDirichlet deals unequal sizes, which its α leaves as they were drawn when it is large", () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const deal = (alpha: number) =>
          partitionDirichlet(ten, { parts: 10, classes: 10, alpha, sizeAlpha: 1 }, new SeededRandom(seed));
        const shares = dirichletDraw(10, 1, new SeededRandom(seed));
        for (const [part, rows] of deal(1e6).entries()) {
          expect(rows.length).to.be.closeTo(10_000 * shares[part]!, 40);
          if (rows.length > 500) expect(labelsSeen(rows)).to.equal(10);
        }
        const seen = deal(0.001).reduce((sum, rows) => sum + labelsSeen(rows), 0);
        expect(seen).to.be.within(10, 20);
      }),
      runs(10),
    );
  });

  it("partitionByQuantity deals in proportion to sizes, and ever more equally as α grows", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }),
        seed,
        (sizes, seed) => {
          const dealt = partitionByQuantity(10_000, { parts: sizes.length, sizes }, new SeededRandom(seed));
          const total = sizes.reduce((sum, size) => sum + size, 0);
          for (const [part, rows] of dealt.entries()) {
            expect(rows.length).to.be.closeTo((10_000 * sizes[part]!) / total, 1);
          }
          const largest = (alpha: number) =>
            Math.max(
              ...partitionByQuantity(10_000, { parts: 10, alpha }, new SeededRandom(seed)).map(
                (rows) => rows.length,
              ),
            );
          expect(largest(1e6)).to.be.within(1000, 1030);
          expect(largest(0.1)).to.be.greaterThan(1500);
        },
      ),
      runs(20),
    );
  });

  it("partitionByQuantity cuts where the sizes say, halves up, whatever their unit", () => {
    const cut = (count: number, sizes: number[]) =>
      partitionByQuantity(count, { parts: sizes.length, sizes }, new SeededRandom(1)).map(
        ({ length }) => length,
      );
    // 0.29 · 50 is 14.499999999999998 in float64, and 0.1 + 0.2 more than 0.3.
    expect(cut(50, [29, 71])).to.deep.equal([15, 35]);
    expect(cut(50, [0.29, 0.71])).to.deep.equal([15, 35]);
    expect(cut(5, [0.1, 0.2, 0.7])).to.deep.equal([1, 1, 3]);
    expect(cut(7, [1 / 7, 6 / 7])).to.deep.equal([1, 6]);
    expect(cut(3, [1e300, 1e300])).to.deep.equal([2, 1]);
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1 }),
        (count, sizes) => {
          const total = sizes.reduce((sum, size) => sum + size, 0);
          const sums = sizes.map((_, part) => sizes.slice(0, part + 1).reduce((sum, size) => sum + size, 0));
          const ends = sums.map((sum) => Math.floor((2 * count * sum + total) / (2 * total)));
          expect(cut(count, sizes)).to.deep.equal(ends.map((end, part) => end - (ends[part - 1] ?? 0)));
          expect(
            cut(
              count,
              sizes.map((size) => size / 100),
            ),
          ).to.deep.equal(cut(count, sizes));
        },
      ),
    );
  });

  it("partitionByClient deals each client's samples to a part of its own, in the order of the data", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.nat(0x7fff_ffff).map((owner) => owner % 40),
          { maxLength: 300 },
        ),
        (owners) => {
          const dealt = partitionByClient(Uint32Array.from(owners));
          const distinct = [...new Set(owners)].sort((a, b) => a - b);
          expect(dealt.map(({ client }) => client)).to.deep.equal(distinct);
          for (const { client, rows } of dealt) {
            expect([...rows]).to.deep.equal([...owners.keys()].filter((row) => owners[row] === client));
          }
        },
      ),
    );
  });

  it("deals to 10,000 parts, and by as many sizes of any magnitude, within a second or two", () => {
    const labels = Uint8Array.from({ length: 60_000 }, (_, row) => row % 10);
    const sizes = Array.from({ length: 10_000 }, (_, part) => (part + 1) * 10 ** (((part * 7) % 600) - 300));
    const began = performance.now();
    for (const dealt of [
      partitionDirichlet(
        labels,
        { parts: 10_000, classes: 10, alpha: 0.1, sizeAlpha: 0.5 },
        new SeededRandom(1),
      ),
      partitionByQuantity(60_000, { parts: 10_000, sizes }, new SeededRandom(1)),
    ]) {
      expect(dealt.reduce((sum, { length }) => sum + length, 0)).to.equal(60_000);
    }
    // A bound on what cannot end, not a measurement: it takes a quarter of a second.
    expect(performance.now() - began).to.be.below(20_000);
  });

  it("partitionNaturally keeps clients whole and the order of the data", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: 30, maxLength: 300 }), seed, (owners, seed) => {
        const clients = Uint32Array.from(owners);
        const distinct = new Set(owners).size;
        const parts = Math.min(distinct, 7);
        const dealt = partitionNaturally(clients, parts, new SeededRandom(seed));
        const counts = dealt.map((rows) => new Set([...rows].map((row) => clients[row])).size);
        expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(distinct);
        expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1);
        for (const rows of dealt) expect([...rows]).to.deep.equal([...rows].sort((a, b) => a - b));
      }),
    );
  });
});

describe("partition", () => {
  const targets: Dataset = {
    features: new Float32Array(6),
    sampleShape: [1],
    scale: 1,
    labels: Float32Array.of(5, 4, 3, 2, 1, 0),
    classes: 0,
    clients: Uint32Array.of(3, 3, 8, 8, 8, 1),
  };
  const deal = (spec: PartitionSpec, dataset: Dataset, parts: number) =>
    partition(spec, dataset, parts, new SeededRandom(1));

  it("deals whole clients of a regression", () => {
    const dealt = deal({ kind: "natural" }, targets, 3);
    expect(dealt.map((rows) => [...rows]).sort((a, b) => a[0]! - b[0]!)).to.deep.equal([
      [0, 1],
      [2, 3, 4],
      [5],
    ]);
  });

  it("deals the same rows on every machine", () => {
    // Noted once: a change would deal other data to the devices of running tasks.
    const classes: Dataset = {
      ...targets,
      features: new Float32Array(12),
      labels: Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1),
      classes: 2,
      clients: undefined,
    };
    expect(deal({ kind: "iid" }, classes, 3).map((rows) => [...rows])).to.deep.equal(IID);
    expect(deal({ kind: "dirichlet", alpha: 0.5 }, classes, 3).map((rows) => [...rows])).to.deep.equal(
      DIRICHLET,
    );
    expect(deal({ kind: "quantity", alpha: 0.5 }, classes, 3).map((rows) => [...rows])).to.deep.equal(
      QUANTITY,
    );
    expect(deal({ kind: "shards", shardsPerPart: 1 }, classes, 3).map((rows) => [...rows])).to.deep.equal(
      SHARDS,
    );
  });

  const refused: [string, PartitionSpec, Partial<Dataset>, number][] = [
    ["PARTITION_LABELS", { kind: "dirichlet", alpha: 1 }, {}, 2],
    ["PARTITION_LABELS", { kind: "shards", shardsPerPart: 2 }, {}, 2],
    ["PARTITION_CLIENTS", { kind: "natural" }, { clients: undefined }, 2],
    ["PARTITION_CLIENTS", { kind: "natural" }, {}, 4],
    ["PARTITION_SIZES", { kind: "quantity", sizes: [1, 2] }, {}, 3],
    ["PARTITION_ALPHA", { kind: "quantity" }, {}, 3],
    ["PARTITION_PARTS", { kind: "iid" }, {}, 0],
  ];
  for (const [code, spec, change, parts] of refused) {
    it(`${code}: refuses ${JSON.stringify(spec)} to ${parts} parts, ${Object.keys(change).join()}`, () => {
      expect(() => deal(spec, { ...targets, ...change }, parts))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }
});
