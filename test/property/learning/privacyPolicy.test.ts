import { expect } from "chai";
import fc from "fast-check";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { decodeDataset, encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { applyPrivacyPolicy } from "../../../workers/privacyPolicy.ts";

/** Samples of three features, never 0: [row, label + 1, secret]. */
const datasets = fc.uint8Array({ max: 4, maxLength: 60 }).map(
  (labels): Dataset => ({
    features: Float32Array.from(
      labels.length === 0 ? [] : [...labels].flatMap((label, row) => [row + 1, label + 1, 7]),
    ),
    sampleShape: [3],
    scale: 1,
    labels,
    classes: 5,
  }),
);
const sent = (dataset: Dataset) => decodeDataset(encodeDataset(dataset));
const rowsOf = ({ features, labels }: Dataset) =>
  [...labels.keys()].map((row) => [...features.subarray(3 * row, 3 * row + 3)]);

describe("applyPrivacyPolicy (property)", () => {
  it("lets every allowed sample leave and no other", () => {
    fc.assert(
      fc.property(datasets, fc.uniqueArray(fc.nat(4)), fc.integer(), (dataset, allow, seed) => {
        const leaving = sent(applyPrivacyPolicy({ kind: "labels", allow }, dataset, new SeededRandom(seed)));
        const allowedRows = rowsOf(dataset).filter((_, row) => allow.includes(dataset.labels[row]!));
        expect(rowsOf(leaving)).to.deep.equal(allowedRows);
        expect([...leaving.labels].every((label) => allow.includes(label))).to.equal(true);
      }),
    );
  });

  it("lets nothing of a hidden column leave and all of the others", () => {
    fc.assert(
      fc.property(datasets, fc.uniqueArray(fc.nat(2)), fc.integer(), (dataset, hide, seed) => {
        const leaving = sent(applyPrivacyPolicy({ kind: "columns", hide }, dataset, new SeededRandom(seed)));
        const blanked = rowsOf(dataset).map((sample) =>
          sample.map((value, column) => (hide.includes(column) ? 0 : value)),
        );
        expect(rowsOf(leaving)).to.deep.equal(blanked);
      }),
    );
  });

  it("lets no more than the fraction leave, each sample once", () => {
    fc.assert(
      fc.property(
        datasets,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        (dataset, fraction, seed) => {
          const leaving = sent(
            applyPrivacyPolicy({ kind: "fraction", fraction }, dataset, new SeededRandom(seed)),
          );
          // What a product of floats would round up is not reached.
          const bits = BigInt(dataset.labels.length) * BigInt(Math.floor(fraction * 2 ** 1000));
          expect(leaving.labels.length).to.equal(Number(bits / 2n ** 1000n));
          const rows = rowsOf(leaving).map(([row]) => row!);
          expect(rows).to.deep.equal([...new Set(rows)].sort((a, b) => a - b));
          for (const [position, row] of rows.entries()) {
            expect(leaving.labels[position]).to.equal(dataset.labels[row - 1]);
          }
        },
      ),
    );
  });
});
