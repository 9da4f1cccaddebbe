import { expect } from "chai";
import { scaledFeatures } from "../../../learning/datasets/scaledFeatures.ts";
import { startWasmEngine, type WasmEngine } from "../../../learning/engine/wasmEngine.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import { canonicalModelSpec, type ModelSpec, modelSpecSchema } from "../../../learning/models/ModelSpec.ts";
import { networkOf } from "../../../learning/models/networkOf.ts";
import { parameterShapes } from "../../../learning/models/parameterShapes.ts";
import { parameterTensors } from "../../../learning/models/parameterTensors.ts";
import { SeededRandom } from "../../../protocol/SeededRandom.ts";
import { blobs } from "./blobs.ts";

describe("models", () => {
  const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [7, 5], outputs: 3 };
  let engine: WasmEngine;
  before(async () => {
    engine = await startWasmEngine();
  });

  it("lists the tensors of a perceptron, layer by layer", () => {
    expect(parameterShapes(spec)).to.deep.equal([
      { name: "layer0.kernel", shape: [12, 7] },
      { name: "layer0.bias", shape: [7] },
      { name: "layer1.kernel", shape: [7, 5] },
      { name: "layer1.bias", shape: [5] },
      { name: "layer2.kernel", shape: [5, 3] },
      { name: "layer2.bias", shape: [3] },
    ]);
  });

  it("writes a spec in one form and refuses what is none", () => {
    expect(canonicalModelSpec({ outputs: 3, hidden: [], inputs: 2, kind: "mlp" })).to.equal(
      '{"kind":"mlp","inputs":2,"hidden":[],"outputs":3}',
    );
    for (const wrong of [
      { ...spec, inputs: 0 },
      { ...spec, hidden: [1.5] },
      { ...spec, kind: "cnn" },
      { ...spec, a: 1 },
    ]) {
      expect(modelSpecSchema.safeParse(wrong).success).to.equal(false);
    }
  });

  it("draws initial kernels within ±√(6/inputs), by seed, and biases 0", () => {
    const first = initialParameters(spec, new SeededRandom(1));
    expect(first).to.deep.equal(initialParameters(spec, new SeededRandom(1)));
    expect(first).not.to.deep.equal(initialParameters(spec, new SeededRandom(2)));
    expect(Math.max(...first[0]!.map(Math.abs))).to.be.within(0.5 * Math.SQRT1_2, Math.SQRT1_2);
    expect([...first[1]!]).to.deep.equal(new Array(7).fill(0));
  });

  for (const hidden of [[], [7], [7, 5]]) {
    it(`differentiates as automatic differentiation does, with hidden layers [${hidden}]`, () => {
      const model: ModelSpec = { ...spec, hidden };
      const random = new SeededRandom(3);
      const data = blobs(9, random);
      const rows = Uint32Array.from(data.labels, (_, row) => row);
      engine.tidy(() => {
        const parameters = parameterTensors(engine, model, initialParameters(model, random));
        const inputs = engine.tensor2d(scaledFeatures(data, rows), [9, 12]);
        const targets = engine.tensor2d(
          [...data.labels].map((label) => [0, 1, 2].map((output) => Number(output === label))),
        );
        const network = networkOf(model);
        const { gradients } = network.lossGradients(engine, parameters, inputs, targets);
        // Stock layers: the network's own forward pass transposes nothing and can be taped.
        const automatic = engine.grads((...taped) =>
          engine.losses.softmaxCrossEntropy(targets, network.logits(engine, taped, inputs)).asScalar(),
        )(parameters);
        for (const [index, gradient] of gradients.entries()) {
          const expected = automatic[index]!.dataSync();
          expect(gradient.shape).to.deep.equal(automatic[index]!.shape);
          for (const [at, value] of gradient.dataSync().entries())
            expect(value).to.be.closeTo(expected[at]!, 1e-6);
        }
      });
    });
  }
});
