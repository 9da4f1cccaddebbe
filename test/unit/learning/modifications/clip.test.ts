import { expect } from "chai";
import { clip } from "../../../../learning/federated/modifications/clip.ts";
import { initialParameters } from "../../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../../learning/models/ModelSpec.ts";
import { type ModelParameters, parameterShapes } from "../../../../learning/models/parameterShapes.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

/** It has running statistics, which are not trained. */
const spec = { kind: "traffic-sign", input: [8, 8, 3], outputs: 4, width: 2 } as ModelSpec;
const shapes = parameterShapes(spec);
const delta = initialParameters(spec, new SeededRandom(1)).map((values) =>
  values.map((value) => value + 0.1),
);

const trainedNorm = (tensors: ModelParameters) =>
  Math.hypot(...tensors.flatMap((values, i) => (shapes[i]!.trainable ? [...values] : [])));
const clipped = (norm: number, tensors: ModelParameters = delta) => {
  const modification = clip({ kind: "clip", norm });
  if (modification.drawsSecrets) throw new Error("Clipping draws nothing.");
  return modification.modify(tensors, { spec, random: new SeededRandom(2) });
};

describe("clip", () => {
  const norm = trainedNorm(delta);

  for (const share of [0.9, 0.01]) {
    it(`scales an update down to ${share} of its norm, and keeps its direction`, () => {
      const result = clipped(share * norm);
      expect(trainedNorm(result) / norm).to.be.closeTo(share, 1e-7);
      for (const [tensor, { trainable }] of shapes.entries()) {
        if (!trainable) continue;
        for (const [k, value] of result[tensor]!.entries()) {
          expect(value).to.be.closeTo(share * delta[tensor]![k]!, 1e-7);
        }
      }
    });
  }

  it("leaves an update within the norm as it is", () => {
    expect(clipped(1.0001 * norm)).to.deep.equal(delta);
    const zero = delta.map((values) => values.map(() => 0));
    expect(clipped(0.1, zero)).to.deep.equal(zero);
  });

  it("takes running statistics neither into the norm nor out of their place", () => {
    const untrained = shapes.flatMap(({ trainable }, tensor) => (trainable ? [] : [tensor]));
    expect(untrained).to.have.length(14);
    const large = delta.map((values, i) => (untrained.includes(i) ? values.map(() => 1e6) : values));
    const result = clipped(0.5 * norm, large);
    for (const tensor of untrained) expect(result[tensor]).to.deep.equal(large[tensor]);
    expect(trainedNorm(result)).to.be.closeTo(0.5 * norm, 1e-6 * norm);
  });

  it("does not change its argument", () => {
    const before = structuredClone(delta);
    clipped(0.1 * norm);
    expect(delta).to.deep.equal(before);
  });

  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`lets nothing with ${wrong} pass for an update`, () => {
      const broken = delta.map((values) => values.with(0, wrong));
      expect(clipped(1, broken).some((values) => values.some(Number.isNaN))).to.equal(true);
    });
  }
});
