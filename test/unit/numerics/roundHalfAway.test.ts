import { expect } from "chai";
import { compress, decompress } from "../../../learning/federated/compression.ts";
import { toFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import { moved } from "../../../learning/federated/moved.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { roundHalfAway } from "../../../numerics/roundHalfAway.ts";

/** The largest number below a half, and other values that adding a half would round up. */
const BELOW: readonly [number, number][] = [
  [0.49999999999999994, 0],
  [2 ** 52 + 1, 2 ** 52 + 1],
  [2 ** 53 - 1, 2 ** 53 - 1],
];

describe("roundHalfAway", () => {
  it("rounds to the nearest, halves away from zero", () => {
    const wanted: [number, number][] = [
      ...BELOW,
      [0.5, 1],
      [1.5, 2],
      [2.5, 3],
      [0.2, 0],
      [7, 7],
      [0, 0],
      [2.4999999999999996, 2],
    ];
    for (const [value, whole] of wanted) {
      expect(roundHalfAway(value), String(value)).to.equal(whole);
      expect(roundHalfAway(-value), String(-value)).to.equal(whole === 0 ? 0 : -whole);
    }
  });

  it("is how models move, and how updates become whole numbers", () => {
    const steps = Float64Array.of(0.49999999999999994, -0.49999999999999994, 0.5, -0.5, 1.4999999999999998);
    expect([...moved(new Int32Array(5), steps)]).to.deep.equal([0, 0, 1, -1, 1]);
    const { tensors } = compress([steps], undefined, { encodings: ["int16"], fractionBits: 0 });
    expect([...tensors[0]!.values].map(Number)).to.deep.equal([0, 0, 1, -1, 1]);
    const floats = Float32Array.of(0.49999997, -0.49999997, 0.5, -0.5, 1.4999999);
    expect([...decompress({ values: floats, scale: 1 }, 0)]).to.deep.equal([0, 0, 1, -1, 1]);
    const spec: ModelSpec = { kind: "mlp", inputs: 4, hidden: [], outputs: 1 };
    const { tensors: fixed } = toFixedPoint(spec, [floats.slice(0, 4), floats.slice(4)], 0);
    expect([...fixed[0]!, ...fixed[1]!]).to.deep.equal([0, 0, 1, -1, 1]);
  });
});
