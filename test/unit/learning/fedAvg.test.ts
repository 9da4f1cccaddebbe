import { expect } from "chai";
import { fedAvg } from "../../../learning/federated/fedAvg.ts";
import type { FixedPointModel } from "../../../learning/federated/fixedPoint.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

const model = (...kernel: number[]): FixedPointModel => ({
  spec: { kind: "mlp", inputs: 1, hidden: [], outputs: 2 },
  fractionBits: 20,
  tensors: [Int32Array.from(kernel), Int32Array.of(0, 0)],
});

describe("fedAvg", () => {
  it("weighs by the number of samples", () => {
    const { tensors } = fedAvg([
      { model: model(100, -100), weight: 1 },
      { model: model(200, 0), weight: 3 },
    ]);
    expect([...tensors[0]!]).to.deep.equal([175, -25]);
  });

  it("rounds half away from zero", () => {
    const { tensors } = fedAvg([
      { model: model(1, -1), weight: 1 },
      { model: model(2, -2), weight: 1 },
    ]);
    expect([...tensors[0]!]).to.deep.equal([2, -2]);
  });

  it("gives an update of weight 0 no say", () => {
    const { tensors } = fedAvg([
      { model: model(7, 7), weight: 5 },
      { model: model(1000, 1000), weight: 0 },
    ]);
    expect([...tensors[0]!]).to.deep.equal([7, 7]);
  });

  it("stays exact where numbers would not", () => {
    const least = -(2 ** 31);
    const greatest = 2 ** 31 - 1;
    const { tensors } = fedAvg([
      { model: model(least, greatest), weight: Number.MAX_SAFE_INTEGER },
      { model: model(least, greatest), weight: Number.MAX_SAFE_INTEGER },
      { model: model(least, greatest), weight: 1 },
    ]);
    expect([...tensors[0]!]).to.deep.equal([least, greatest]);
  });

  const refused: [string, () => unknown][] = [
    ["FEDAVG_NO_UPDATES", () => fedAvg([])],
    ["FEDAVG_WEIGHT", () => fedAvg([{ model: model(1, 1), weight: 0 }])],
    ["FEDAVG_WEIGHT", () => fedAvg([{ model: model(1, 1), weight: -1 }])],
    ["FEDAVG_WEIGHT", () => fedAvg([{ model: model(1, 1), weight: 0.5 }])],
    ["FEDAVG_MODEL", () => fedAvg([model(1, 1), { ...model(1, 1), fractionBits: 16 }].map(weighted))],
    ["FEDAVG_MODEL", () => fedAvg([model(1, 1), model(1, 1, 1)].map(weighted))],
  ];
  const weighted = (of: FixedPointModel) => ({ model: of, weight: 1 });
  for (const [code, average] of refused) {
    it(`refuses with ${code}: ${average.toString().slice(6)}`, () => {
      expect(average).to.throw(BaseError).with.property("code", code);
    });
  }
});
