import { expect } from "chai";
import fc from "fast-check";
import { compress, decompress, LARGEST_VALUE } from "../../../learning/federated/compression.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { runs } from "../../tier.ts";

const FRACTION_BITS = 20;
const UNIT = 2 ** -FRACTION_BITS;
const tensor = fc
  .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 20 })
  .map((list) => Float32Array.from(list));
const encoding = fc.constantFrom("int16" as const, "int8" as const);
const options = (encoding: "float32" | "int16" | "int8", fractionBits = FRACTION_BITS) => ({
  encodings: [encoding],
  fractionBits,
});

describe("compression (property)", () => {
  it("errs by at most half a step of the scale, and remembers by how much", () => {
    fc.assert(
      fc.property(tensor, encoding, (values, encoding) => {
        const { tensors, residual } = compress([values], undefined, options(encoding));
        const { scale } = tensors[0]!;
        for (const [index, steps] of decompress(tensors[0]!, FRACTION_BITS).entries()) {
          const error = values[index]! - steps * UNIT;
          expect(Math.abs(error)).to.be.at.most((scale * UNIT) / 2);
          expect(residual[0]![index]).to.equal(Math.fround(error));
        }
      }),
      runs(500),
    );
  });

  it("uses the smallest scale with which the largest value fits", () => {
    fc.assert(
      fc.property(tensor, encoding, (values, encoding) => {
        const { scale } = compress([values], undefined, options(encoding)).tensors[0]!;
        const largest = Math.max(...values.map(Math.abs)) / UNIT;
        expect(scale * LARGEST_VALUE[encoding]).to.be.at.least(largest);
        if (scale > 1) expect((scale - 1) * LARGEST_VALUE[encoding]).to.be.below(largest);
      }),
      runs(500),
    );
  });

  it("is symmetric: −x is sent as minus what x is", () => {
    fc.assert(
      fc.property(tensor, encoding, (values, encoding) => {
        const [positive] = compress([values], undefined, options(encoding)).tensors;
        const [negative] = compress([values.map((v) => -v)], undefined, options(encoding)).tensors;
        expect(decompress(negative!, 20).map((v) => -v)).to.deep.equal(decompress(positive!, 20));
      }),
    );
  });

  for (const encoding of ["int16", "int8"] as const) {
    it(`with ${encoding} and error feedback, the mean of what arrives tends to the mean of what was meant`, () => {
      const random = new SeededRandom(3, encoding);
      const size = 50;
      // One entry dwarfs the others: without feedback most of them would be sent as 0.
      const draw = () =>
        Float32Array.from({ length: size }, (_, index) =>
          index === 0 ? 4 * (random.uniform() - 0.5) : 0.003 * (random.uniform() - 0.2),
        );
      const meant = new Float64Array(size);
      const arrived = new Float64Array(size);
      const withoutFeedback = new Float64Array(size);
      const distance = (a: Float64Array, rounds: number) =>
        Math.max(...a.map((value, index) => Math.abs(value - meant[index]!) / rounds));
      let residual: readonly Float32Array[] | undefined;
      const distances: number[] = [];
      const rounds = 400;
      for (let round = 1; round <= rounds; round++) {
        const delta = draw();
        const sent = compress([delta], residual, options(encoding));
        residual = sent.residual;
        const plain = compress([delta], undefined, options(encoding));
        const [a, b] = [sent, plain].map(({ tensors }) => decompress(tensors[0]!, FRACTION_BITS));
        for (let index = 0; index < size; index++) {
          meant[index]! += delta[index]!;
          arrived[index]! += a![index]! * UNIT;
          withoutFeedback[index]! += b![index]! * UNIT;
        }
        distances.push(distance(arrived, round));
      }
      // What is missing of the sum is the last residual: at most half a step of the coarsest scale, about 2/LARGEST.
      expect(distances.at(-1)).to.be.below((1.1 / LARGEST_VALUE[encoding] + UNIT) / rounds);
      expect(distances.at(-1)).to.be.below(distances[0]! / 20);
      if (encoding === "int8") expect(distance(withoutFeedback, rounds)).to.be.above(20 * distances.at(-1)!);
    });
  }

  it("rounds float32 to the nearest fixed-point step, half away from zero", () => {
    const values = Float32Array.of(0.5 * UNIT, -0.5 * UNIT, 1.49 * UNIT, -3, 0);
    const { tensors, residual } = compress([values], undefined, options("float32"));
    expect([...decompress(tensors[0]!, FRACTION_BITS)]).to.deep.equal([1, -1, 1, -3 * 2 ** 20, 0]);
    expect([...residual[0]!]).to.deep.equal([0, 0, 0, 0, 0]);
  });

  for (const encoding of ["float32", "int16", "int8"] as const) {
    it(`refuses with ${encoding} what is not finite or has no place in 32 bits`, () => {
      const refused = (value: number) => () =>
        compress([Float32Array.of(0, value)], undefined, options(encoding, 22));
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(refused(value)).to.throw(BaseError).with.property("code", "UPDATE_NOT_FINITE");
      }
      for (const value of [512, -513]) {
        expect(refused(value)).to.throw(BaseError).with.property("code", "UPDATE_RANGE");
      }
      expect(refused(511)).to.not.throw();
    });
  }
});
