import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import { selfTest } from "../../../../learning/engine/selfTest.ts";
import { engineState, startEngine } from "../../../../learning/engine/startEngine.ts";
import { initialParameters } from "../../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../../learning/models/ModelSpec.ts";
import { evaluateModel } from "../../../../learning/training/evaluateModel.ts";
import { trainLocally } from "../../../../learning/training/trainLocally.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { blobs } from "../blobs.ts";

describe("startEngine", () => {
  it("runs on tfjs's WebAssembly backend in the strict class and multiplies", async () => {
    const engine = await startEngine();
    expect(engine.getBackend()).to.equal("wasm");
    const product = engine.tidy(() =>
      engine.matMul(engine.tensor2d([[1, 2]]), engine.tensor2d([[3], [4]])).dataSync(),
    );
    expect([...product]).to.deep.equal([11]);
    expect(await startEngine()).to.equal(engine);
    expect(engineState()).to.have.property("numericClass", "strict/1");
  });

  it("has no pure-JavaScript backend to fall back to", async () => {
    const engine = await startEngine();
    expect(Object.keys(engine.engine().registryFactory)).to.deep.equal(["wasm"]);
  });

  it("refuses other options than those it was started with", async () => {
    await startEngine();
    const error = await startEngine({ numericClass: "fast" }).catch((reason) => reason);
    expect(error).to.be.instanceOf(BaseError).with.property("code", "ENGINE_STARTED");
  });

  it("starts in a thread of its own with and without native code", async () => {
    const start = async (options: object) => {
      const thread = new Worker(new URL("./startEngineThread.ts", import.meta.url), { workerData: options });
      const [message] = await once(thread, "message");
      return message;
    };
    expect(await start({ native: "off" })).to.deep.equal({ numericClass: "strict/1" });
    expect(await start({ numericClass: "fast", native: "off" })).to.equal("ENGINE_NATIVE");
    expect(await start({ numericClass: "tfjs-node" })).to.be.oneOf(["ENGINE_TFJS_NODE", "tfjs-node"]);
    const native = await start({ native: "required" });
    if (native !== "ENGINE_NATIVE") expect(native.level).to.match(/^strict-/);
  });

  it("refuses to start when its first computation gives other bits", async () => {
    const engine = await startEngine();
    expect(() => selfTest(engine, "strict/1")).not.to.throw();
    const wrong = { ...engine, tanh: engine.sigmoid } as Engine;
    expect(() => selfTest(wrong, "strict/1"))
      .to.throw(BaseError)
      .with.property("code", "ENGINE_SELF_TEST");
  });

  it("refuses to compute on any other backend", async () => {
    const engine = await startEngine();
    const random = new SeededRandom(1);
    const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [], outputs: 3 };
    const input = { spec, parameters: initialParameters(spec, random), dataset: blobs(4, random) };
    try {
      await import("@tensorflow/tfjs-backend-cpu");
      await engine.setBackend("cpu");
      const error = await startEngine().catch((reason) => reason);
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
