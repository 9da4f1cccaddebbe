import { expect } from "chai";
import fc from "fast-check";
import { partitionByLabel, partitionDirichlet, partitionIid } from "../../../learning/datasets/partition.ts";
import { type RandomSource, SeededRandom } from "../../../protocol/SeededRandom.ts";

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
};

for (const [name, partition] of Object.entries(partitions)) {
  describe(`${name} (property)`, () => {
    it("deals each sample to exactly one part", () => {
      fc.assert(
        fc.property(labels, parts, seed, (labels, parts, seed) => {
          const dealt = partition(labels, parts, new SeededRandom(seed));
          expect(dealt).to.have.length(parts);
          const rows = dealt.flatMap((part) => [...part]).sort((a, b) => a - b);
          expect(rows).to.deep.equal([...labels.keys()]);
        }),
      );
    });

    it("deals the same by the same seed", () => {
      fc.assert(
        fc.property(labels, parts, seed, (labels, parts, seed) => {
          const first = partition(labels, parts, new SeededRandom(seed));
          expect(partition(labels, parts, new SeededRandom(seed))).to.deep.equal(first);
        }),
        { numRuns: 30 },
      );
    });
  });
}

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
      { numRuns: 20 },
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
      { numRuns: 20 },
    );
  });
});
