import { expect } from "chai";
import { flippedLabels } from "../../../../learning/datasets/flippedLabels.ts";
import { behaviourModifications } from "../../../../learning/federated/behaviours/behaviourModifications.ts";
import { behaviourSpecSchema } from "../../../../learning/federated/behaviours/behaviourSpec.ts";
import { modifiedDelta } from "../../../../learning/federated/modifications/modifiedDelta.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { blobs } from "../blobs.ts";
import { learningTask } from "../learningTask.ts";

const { model: spec } = learningTask({ model: { kind: "mlp", inputs: 2, hidden: [], outputs: 2 } });
const DELTA = [Float32Array.of(1, -2, 3, -4), Float32Array.of(0.5, 0)];

const modified = (behaviours: object[], copied?: Float32Array[]) =>
  modifiedDelta(DELTA, {
    modifications: behaviourModifications(
      behaviours.map((one) => behaviourSpecSchema.parse(one)),
      copied,
    ),
    ...{ spec, seed: 1, stream: ["training", "one", 0], secret: undefined },
  });

describe("behaviours", () => {
  it("are known by their kinds, in bounds", () => {
    expect(behaviourSpecSchema.parse("copy")).to.deep.equal({ kind: "copy" });
    expect(behaviourSpecSchema.parse("lazy")).to.deep.equal({
      ...{ kind: "lazy", refreshes: 0.5, lateness: 0, samples: 1 },
    });
    for (const wrong of [
      "idle",
      { kind: "lazy", refreshes: 1.1 },
      { kind: "lazy", samples: 0 },
      { kind: "flip-sign", factor: 0 },
      { kind: "flip-sign", factor: 101 },
      { kind: "noise", deviation: Number.NaN },
      { kind: "drop-out" },
      { kind: "drop-out", probability: -0.1 },
      { kind: "slow", factor: 0.9 },
      { kind: "overstate", factor: 1e5 },
      { kind: "honest", share: 1 },
    ]) {
      expect(behaviourSpecSchema.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
    }
  });

  it("flip the sign, by a factor", () => {
    expect(modified([{ kind: "flip-sign", factor: 2 }]).map((values) => [...values])).to.deep.equal([
      [-2, 4, -6, 8],
      [-1, -0],
    ]);
  });

  it("add noise in proportion to what training changed, the same in every run", () => {
    const once = modified([{ kind: "noise", deviation: 0.1 }]);
    expect(once).to.deep.equal(modified([{ kind: "noise", deviation: 0.1 }]));
    const noise = once.flatMap((values, t) => [...values].map((value, i) => value - DELTA[t]![i]!));
    expect(noise.every((value) => value !== 0 && Math.abs(value) < 5 * 0.1 * Math.sqrt(30.25 / 6))).to.equal(
      true,
    );
    const none = modifiedDelta(
      DELTA.map(({ length }) => new Float32Array(length)),
      {
        modifications: behaviourModifications([{ kind: "noise", deviation: 1 }]),
        ...{ spec, seed: 1, stream: [], secret: undefined },
      },
    );
    expect(none.every((values) => values.every((value) => value === 0))).to.equal(true);
  });

  it("copy what there is, and change nothing where there is nothing", () => {
    const other = [Float32Array.of(9, 9, 9, 9), Float32Array.of(8, 8)];
    expect(modified([{ kind: "copy" }], other)).to.deep.equal(other);
    expect(modified([{ kind: "copy" }]).map((values) => [...values])).to.deep.equal([
      [0, 0, 0, 0],
      [0, 0],
    ]);
    expect(modified([{ kind: "copy" }, { kind: "flip-sign" }], other)[1]).to.deep.equal(
      Float32Array.of(-8, -8),
    );
  });

  it("flip as many labels as they say, and nothing else", () => {
    const honest = blobs(40, new SeededRandom(1));
    for (const [share, count] of [
      [0, 0],
      [0.25, 10],
      [1, 40],
    ] as const) {
      const flipped = flippedLabels(honest, share, new SeededRandom(2));
      expect(flipped.features).to.equal(honest.features);
      const rows = [...flipped.labels.keys()];
      expect(
        rows.every((row) => [honest.labels[row]!, 2 - honest.labels[row]!].includes(flipped.labels[row]!)),
      ).to.equal(true);
      // Of three classes the middle one is its own opposite.
      const changed = rows.filter((row) => flipped.labels[row] !== honest.labels[row]).length;
      const middle = rows.filter((row) => honest.labels[row] === 1).length;
      expect(changed).to.be.within(count - middle, count);
    }
  });

  it("mirror real targets, and the categories of objects", () => {
    const targets = {
      ...{ features: Uint8Array.of(0, 0, 0), sampleShape: [1], scale: 1, classes: 0 },
      labels: Float32Array.of(10, 20, 40),
    };
    expect([...flippedLabels(targets, 1, new SeededRandom(1)).labels]).to.deep.equal([40, 30, 10]);
    const scenes = {
      ...{ features: new Uint8Array(8), sampleShape: [2, 2, 1], scale: 1, classes: 4 },
      labels: Uint8Array.of(0, 3),
      boxes: Float32Array.of(0, 0, 1, 1, 0, 0, 0, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
    };
    const { labels, boxes } = flippedLabels(scenes, 1, new SeededRandom(1));
    expect([...labels]).to.deep.equal([2, 3]);
    expect([...boxes!].filter((_, at) => at % 5 === 4)).to.deep.equal([2, 1, -1, -1]);
  });
});
