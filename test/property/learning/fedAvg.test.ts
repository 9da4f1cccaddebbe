import { expect } from "chai";
import fc from "fast-check";
import { fedAvg, type WeightedUpdate } from "../../../learning/federated/fedAvg.ts";
import { encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";

const spec: ModelSpec = { kind: "mlp", inputs: 2, hidden: [], outputs: 1 };
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
// Small weights take the path of numbers, large ones that of BigInt.
const weight = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.maxSafeNat());
const updates: fc.Arbitrary<WeightedUpdate[]> = fc
  .array(
    fc.record({
      weight,
      model: fc.record({
        spec: fc.constant(spec),
        fractionBits: fc.constant(20),
        tensors: fc
          .tuple(int32, fc.integer({ min: -3, max: 3 }), int32)
          .map(([a, b, c]) => [Int32Array.of(a, b), Int32Array.of(c)]),
      }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .filter((list) => list.some((update) => update.weight > 0));

/** Σ n_i w_i / Σ n_i as a rational number, rounded half away from zero. */
function reference(list: readonly WeightedUpdate[], tensor: number, index: number): number {
  let numerator = 0n;
  let denominator = 0n;
  for (const { weight, model } of list) {
    numerator += BigInt(weight) * BigInt(model.tensors[tensor]![index]!);
    denominator += BigInt(weight);
  }
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const floor = magnitude / denominator;
  const rounded = 2n * (magnitude - floor * denominator) >= denominator ? floor + 1n : floor;
  return Number(negative ? -rounded : rounded);
}

describe("fedAvg (property)", () => {
  it("is the rational average rounded half away from zero", () => {
    fc.assert(
      fc.property(updates, (list) => {
        for (const [tensor, values] of fedAvg(list).tensors.entries()) {
          for (const [index, value] of values.entries())
            expect(value).to.equal(reference(list, tensor, index));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("has the same bytes in every order of the updates", () => {
    fc.assert(
      fc.property(
        updates.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, permuted]) => {
          expect(encodeUpdate(fedAvg(permuted))).to.deep.equal(encodeUpdate(fedAvg(list)));
        },
      ),
    );
  });

  it("of equal models is that model", () => {
    fc.assert(
      fc.property(updates, (list) => {
        const { model } = list[0]!;
        const average = fedAvg(list.map(({ weight }) => ({ weight, model })));
        expect(average).to.deep.equal(model);
      }),
    );
  });
});
