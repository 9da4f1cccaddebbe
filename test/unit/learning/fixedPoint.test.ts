import { expect } from "chai";
import { fromFixedPoint, toFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

const spec: ModelSpec = { kind: "mlp", inputs: 2, hidden: [], outputs: 2 };
const model = (kernel: number[], bias = [0, 0]) => [Float32Array.from(kernel), Float32Array.from(bias)];

describe("fixedPoint", () => {
  it("rounds half away from zero", () => {
    const { tensors } = toFixedPoint(spec, model([0.5, -0.5, 1.5, -1.5], [0.49999997, -2.5]), 0);
    expect([...tensors[0]!]).to.deep.equal([1, -1, 2, -2]);
    expect([...tensors[1]!]).to.deep.equal([0, -3]);
  });

  it("has steps of 2⁻²⁰ unless told otherwise", () => {
    const fixed = toFixedPoint(spec, model([1, -1, 2 ** -20, 2 ** -21]));
    expect(fixed.fractionBits).to.equal(20);
    expect([...fixed.tensors[0]!]).to.deep.equal([2 ** 20, -(2 ** 20), 1, 1]);
    expect([...fromFixedPoint(fixed)[0]!]).to.deep.equal([1, -1, 2 ** -20, 2 ** -20]);
  });

  it("reaches from the least to the greatest 32-bit integer and not further", () => {
    expect([...toFixedPoint(spec, model([-2048, 2047.9998, 0, 0])).tensors[0]!].slice(0, 2)).to.deep.equal([
      -(2 ** 31),
      2147483392, // the float32 next to 2047.9998, times 2²⁰
    ]);
    for (const value of [2048, -2048.0002]) {
      expect(() => toFixedPoint(spec, model([0, 0, value, 0])))
        .to.throw(BaseError, /layer0\.kernel has .* at index 2/)
        .with.property("code", "FIXED_POINT_RANGE");
    }
  });

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    it(`refuses ${value}, naming tensor and index`, () => {
      expect(() => toFixedPoint(spec, model([0, 0, 0, 0], [0, value])))
        .to.throw(BaseError, new RegExp(`layer0\\.bias has ${value} at index 1`))
        .with.property("code", "FIXED_POINT_NOT_FINITE");
    });
  }

  it("refuses odd fraction bits and parameters of another model", () => {
    for (const bits of [-1, 31, 1.5]) {
      expect(() => toFixedPoint(spec, model([0, 0, 0, 0]), bits))
        .to.throw(BaseError)
        .with.property("code", "FIXED_POINT_BITS");
    }
    expect(() => toFixedPoint(spec, model([0, 0, 0])))
      .to.throw(BaseError, /layer0\.kernel/)
      .with.property("code", "PARAMETERS_SHAPE");
    expect(() => toFixedPoint(spec, model([0, 0, 0, 0]).slice(1)))
      .to.throw(BaseError)
      .with.property("code", "PARAMETERS_SHAPE");
  });
});
