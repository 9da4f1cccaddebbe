import { expect } from "chai";
import fc from "fast-check";
import type { Engine } from "../../../learning/engine/Engine.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { batchNorm } from "../../../learning/models/layers/batchNorm.ts";
import { conv2d } from "../../../learning/models/layers/conv2d.ts";
import { dense } from "../../../learning/models/layers/dense.ts";
import { depthwiseConv2d } from "../../../learning/models/layers/depthwiseConv2d.ts";
import { dropout } from "../../../learning/models/layers/dropout.ts";
import { globalAveragePool } from "../../../learning/models/layers/globalAveragePool.ts";
import { gru } from "../../../learning/models/layers/gru.ts";
import type { BuildLayer, Layer } from "../../../learning/models/layers/Layer.ts";
import { maxPool } from "../../../learning/models/layers/maxPool.ts";
import { flatten } from "../../../learning/models/layers/reshape.ts";
import { residual } from "../../../learning/models/layers/residual.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { runs } from "../../tier.ts";

const length = fc.integer({ min: 1, max: 9 });
const image = fc.tuple(length, length, fc.integer({ min: 1, max: 5 }));
const side = fc.integer({ min: 1, max: 4 });
const padding = fc.constantFrom("same" as const, "valid" as const);
const window = { size: side, stride: fc.integer({ min: 1, max: 3 }), padding };
const filters = fc.integer({ min: 1, max: 6 });
const activation = fc.constantFrom("linear" as const, "relu" as const);

/** A layer and the shape it is built for; it may not fit. */
const imageLayers: fc.Arbitrary<BuildLayer> = fc.oneof(
  fc.record({ ...window, filters, activation, bias: fc.boolean() }).map(conv2d),
  fc.record(window).map(depthwiseConv2d),
  fc.oneof(side, fc.tuple(side, side)).map(maxPool),
  fc.constant(globalAveragePool()),
  fc.constant(flatten()),
  fc.record({ activation }).map(batchNorm),
  fc.double({ min: 0.1, max: 0.9, noNaN: true }).map(dropout),
  fc
    .record({ size: side, activation })
    .map(({ size, activation: of }) =>
      residual((shape) => conv2d({ filters: shape[2]!, size, activation: of })(shape)),
    ),
);
const cases = fc.oneof(
  fc.record({ build: imageLayers, inputShape: image as fc.Arbitrary<readonly number[]> }),
  fc.record({
    build: filters.map(gru),
    inputShape: fc.tuple(length, length) as fc.Arbitrary<readonly number[]>,
  }),
  fc.record({
    build: fc.record({ units: filters, activation }).map(dense),
    inputShape: fc.tuple(length) as fc.Arbitrary<readonly number[]>,
  }),
);

describe("layers (property)", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  it("give the shapes they say, forward and backward, and leave no tensor behind", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 4 }), ({ build, inputShape }, batch) => {
        let layer: Layer;
        try {
          layer = build(inputShape);
        } catch (error) {
          expect(error).to.be.instanceOf(BaseError).with.property("code", "LAYER_SHAPE");
          return;
        }
        const { numTensors } = engine.memory();
        engine.tidy(() => {
          const input = engine.ones([batch, ...inputShape]);
          const parameters = layer.parameters.map(({ shape }) => engine.fill([...shape], 0.5));
          const expected = [batch, ...layer.outputShape];
          expect(layer.infer(engine, parameters, input).shape).to.deep.equal(expected);
          const pass = layer.train(engine, parameters, input, new SeededRandom(1));
          expect(pass.output.shape).to.deep.equal(expected);
          const gradients = pass.backward(engine.ones(expected), true);
          expect(gradients.input!.shape).to.deep.equal(input.shape);
          expect(gradients.parameters.map(({ shape }) => shape)).to.deep.equal(
            layer.parameters.map(({ shape }) => shape),
          );
        });
        expect(engine.memory().numTensors).to.equal(numTensors);
      }),
      runs(300),
    );
  });

  it("dropout keeps about 1 − rate of the values, scaled so that their mean stays", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.nat(), (rate, seed) => {
        engine.tidy(() => {
          const layer = dropout(rate)([5000]);
          const input = engine.ones([2, 5000]);
          const { output, backward } = layer.train(engine, [], input, new SeededRandom(seed));
          const values = output.dataSync();
          const kept = values.filter((value) => value !== 0);
          // Six standard deviations of a binomial share.
          const deviation = Math.sqrt((rate * (1 - rate)) / values.length);
          expect(kept.length / values.length).to.be.closeTo(1 - rate, 6 * deviation);
          expect(new Set(kept)).to.deep.equal(new Set([Math.fround(1 / (1 - rate))]));
          // The way back goes through the same mask.
          expect(backward(input, true).input!.dataSync()).to.deep.equal(values);
          expect(layer.infer(engine, [], input)).to.equal(input);
        });
      }),
      runs(20),
    );
  });
});
