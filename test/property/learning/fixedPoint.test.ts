import { expect } from "chai";
import fc from "fast-check";
import { fromFixedPoint, toFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";

const spec = { kind: "mlp" as const, inputs: 2, hidden: [], outputs: 1 };
const parameters = fc
  .tuple(...Array.from({ length: 3 }, () => fc.float({ min: -500, max: 500, noNaN: true })))
  .map(([a, b, c]) => [Float32Array.of(a!, b!), Float32Array.of(c!)]);
const fractionBits = fc.integer({ min: 0, max: 22 });

describe("fixedPoint (property)", () => {
  it("errs by at most half a step, and half a float32 step on the way back", () => {
    fc.assert(
      fc.property(parameters, fractionBits, (original, bits) => {
        const back = fromFixedPoint(toFixedPoint(spec, original, bits));
        for (const [tensor, values] of original.entries()) {
          for (const [index, value] of values.entries()) {
            const bound = 2 ** -(bits + 1) + Math.abs(value) * 2 ** -24;
            expect(Math.abs(back[tensor]![index]! - value)).to.be.at.most(bound * 1.001);
          }
        }
      }),
    );
  });

  it("is symmetric: the fixed point of −w is minus that of w", () => {
    fc.assert(
      fc.property(parameters, fractionBits, (original, bits) => {
        const positive = toFixedPoint(spec, original, bits).tensors;
        const negative = toFixedPoint(
          spec,
          original.map((values) => values.map((value) => -value)),
          bits,
        ).tensors;
        expect(negative.map((values) => values.map((value) => -value))).to.deep.equal(positive);
      }),
    );
  });

  it("survives storage", () => {
    fc.assert(
      fc.property(parameters, fractionBits, (original, bits) => {
        const model = { ...toFixedPoint(spec, original, bits), state: new Map() };
        const task = { model: spec, fractionBits: bits, strategy: { kind: "fedavg" as const } };
        expect(decodeModel(encodeModel(model), task)).to.deep.equal(model);
      }),
    );
  });
});
