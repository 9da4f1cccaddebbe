import { expect } from "chai";
import fc from "fast-check";
import {
  realMean,
  roundedMean,
  type WeightedTensor,
  weightedSum,
} from "../../../learning/federated/weightedSum.ts";
import { runs } from "../../tier.ts";

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
// Small weights take the path of numbers, large ones that of BigInt; in the middle, numbers would just not do.
const weight = fc.oneof(
  fc.integer({ min: 1, max: 5000 }),
  fc.integer({ min: 2 ** 24, max: 2 ** 32 }),
  fc.maxSafeNat(),
);
const parts: fc.Arbitrary<WeightedTensor[]> = fc
  .array(
    fc.record({
      weight,
      values: fc.tuple(int32, fc.integer({ min: -3, max: 3 }), int32).map((list) => Int32Array.from(list)),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .filter((list) => list.some((part) => part.weight > 0));

/** Σ n_i x_i and Σ n_i as a rational number. */
function rational(list: readonly WeightedTensor[], index: number): [numerator: bigint, denominator: bigint] {
  let numerator = 0n;
  let denominator = 0n;
  for (const { weight, values } of list) {
    numerator += BigInt(weight) * BigInt(values[index]!);
    denominator += BigInt(weight);
  }
  return [numerator, denominator];
}

describe("weightedSum (property)", () => {
  it("has as rounded mean the rational mean rounded half away from zero", () => {
    fc.assert(
      fc.property(parts, (list) => {
        for (const [index, value] of roundedMean(weightedSum(list)).entries()) {
          const [numerator, denominator] = rational(list, index);
          const negative = numerator < 0n;
          const magnitude = negative ? -numerator : numerator;
          const floor = magnitude / denominator;
          const rounded = 2n * (magnitude - floor * denominator) >= denominator ? floor + 1n : floor;
          expect(value).to.equal(Number(negative ? -rounded : rounded));
        }
      }),
      runs(2000),
    );
  });

  it("has as real mean the rational mean within the rounding of three float64 operations", () => {
    fc.assert(
      fc.property(parts, (list) => {
        for (const [index, value] of realMean(weightedSum(list)).entries()) {
          const [numerator, denominator] = rational(list, index);
          // 2^120 times the mean, as an integer, against 2^80 times the value.
          const exact = (numerator << 120n) / denominator;
          const error = exact - BigInt(value * 2 ** 120);
          const bound = BigInt(Math.ceil(Math.abs(value) * 2 ** 120 * 2 ** -51)) + 1n;
          expect(error <= bound && -error <= bound).to.equal(true);
        }
      }),
      runs(2000),
    );
  });

  it("has the same bits in every order of the parts", () => {
    const shuffled = parts.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, permuted]) => {
        expect(weightedSum(permuted)).to.deep.equal(weightedSum(list));
      }),
    );
  });
});
