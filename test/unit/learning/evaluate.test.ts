import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { startWasmEngine } from "../../../learning/engine/wasmEngine.ts";
import { argmax, evaluateModel } from "../../../learning/federated/evaluate.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";

describe("evaluateModel", () => {
  const spec: ModelSpec = { kind: "mlp", inputs: 2, hidden: [], outputs: 2 };
  const dataset: Dataset = {
    features: Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0),
    sampleShape: [2],
    scale: 1,
    labels: Uint8Array.of(0, 1, 0, 1),
    classes: 2,
  };

  it("counts a tie for the lowest class and averages the cross-entropy", async () => {
    // The identity: logits are the features; rows 2 and 3 are ties.
    const parameters = [Float32Array.of(1, 0, 0, 1), Float32Array.of(0, 0)];
    const result = evaluateModel(await startWasmEngine(), { spec, parameters, dataset });
    expect(result.samples).to.equal(4);
    expect(result.correct).to.equal(3);
    const expected = (2 * Math.log(1 + Math.exp(-1)) + 2 * Math.LN2) / 4;
    expect(result.meanCrossEntropy).to.be.closeTo(expected, 1e-7);
  });

  it("stays finite for confident mistakes", async () => {
    const parameters = [Float32Array.of(-1000, 0, 0, -1000), Float32Array.of(0, 0)];
    const result = evaluateModel(await startWasmEngine(), { spec, parameters, dataset });
    expect(result.crossEntropySum).to.be.closeTo(2000 + 2 * Math.LN2, 1e-3);
  });

  it("evaluates nothing to nothing", async () => {
    const parameters = [new Float32Array(4), new Float32Array(2)];
    const empty = { ...dataset, features: new Float32Array(), labels: new Uint8Array() };
    expect(evaluateModel(await startWasmEngine(), { spec, parameters, dataset: empty })).to.deep.equal({
      samples: 0,
      correct: 0,
      crossEntropySum: 0,
      meanCrossEntropy: 0,
    });
  });

  it("argmax takes the first of equals", () => {
    expect(argmax([1, 3, 3, 2])).to.equal(1);
    expect(argmax([0, 0])).to.equal(0);
  });
});
