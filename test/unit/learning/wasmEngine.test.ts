import { expect } from "chai";
import { startWasmEngine } from "../../../learning/engine/wasmEngine.ts";
import { evaluateModel } from "../../../learning/federated/evaluateModel.ts";
import { trainLocally } from "../../../learning/federated/localTraining.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { SeededRandom } from "../../../protocol/SeededRandom.ts";
import { blobs } from "./blobs.ts";

describe("wasmEngine", () => {
  it("runs on WebAssembly and multiplies", async () => {
    const engine = await startWasmEngine();
    expect(engine.getBackend()).to.equal("wasm");
    const product = engine.tidy(() =>
      engine.matMul(engine.tensor2d([[1, 2]]), engine.tensor2d([[3], [4]])).dataSync(),
    );
    expect([...product]).to.deep.equal([11]);
    expect(await startWasmEngine()).to.equal(engine);
  });

  it("refuses to compute on any other backend", async () => {
    const engine = await startWasmEngine();
    const random = new SeededRandom(1);
    const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [], outputs: 3 };
    const input = { spec, parameters: initialParameters(spec, random), dataset: blobs(4, random) };
    try {
      await engine.setBackend("cpu");
      const error = await startWasmEngine().catch((reason) => reason);
      expect(error).to.be.instanceOf(BaseError).with.property("code", "ENGINE_BACKEND");
      expect(error.message).to.contain('"cpu"');
      expect(() => evaluateModel(engine, input))
        .to.throw(BaseError)
        .with.property("code", "ENGINE_BACKEND");
      const training = { epochs: 1, batchSize: 2, learningRate: 0.1 };
      expect(() => trainLocally(engine, { ...input, training, random }))
        .to.throw(BaseError)
        .with.property("code", "ENGINE_BACKEND");
    } finally {
      await engine.setBackend("wasm");
    }
  });
});
