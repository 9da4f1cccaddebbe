import { expect } from "chai";
import { startWasmEngine, type WasmEngine } from "../../../learning/engine/wasmEngine.ts";
import { evaluateModel } from "../../../learning/federated/evaluateModel.ts";
import { type TrainingConfig, trainLocally } from "../../../learning/federated/localTraining.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { SeededRandom } from "../../../protocol/SeededRandom.ts";
import { blobs } from "./blobs.ts";

describe("trainLocally", () => {
  const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [8], outputs: 3 };
  const dataset = blobs(200, new SeededRandom(1, "train"));
  const parameters = initialParameters(spec, new SeededRandom(1, "initial"));
  const training: TrainingConfig = { epochs: 4, batchSize: 16, learningRate: 0.1, momentum: 0.9 };
  let engine: WasmEngine;
  const train = (change: Partial<TrainingConfig> = {}, seed = 1) =>
    trainLocally(engine, {
      spec,
      parameters,
      dataset,
      training: { ...training, ...change },
      random: new SeededRandom(seed),
    });
  before(async () => {
    engine = await startWasmEngine();
  });

  it("lowers the loss and learns what it can apply to new samples", () => {
    const { epochLosses, parameters: trained } = train();
    expect(epochLosses).to.have.length(4);
    expect(epochLosses[3]).to.be.lessThan(0.5 * epochLosses[0]!);
    const fresh = blobs(300, new SeededRandom(1, "test"));
    const before = evaluateModel(engine, { spec, parameters, dataset: fresh });
    const after = evaluateModel(engine, { spec, parameters: trained, dataset: fresh });
    expect(after.meanCrossEntropy).to.be.lessThan(before.meanCrossEntropy);
    expect(after.correct / after.samples).to.be.greaterThan(0.9);
  });

  it("counts steps and visits, the last batch of an epoch smaller", () => {
    const { steps, visits } = train();
    expect(steps).to.equal(4 * Math.ceil(200 / 16));
    expect(visits).to.equal(4 * 200);
  });

  it("stops after maxSteps", () => {
    const { steps, visits, epochLosses } = train({ maxSteps: 15 });
    expect({ steps, visits }).to.deep.equal({ steps: 15, visits: 200 + 2 * 16 });
    expect(epochLosses).to.have.length(2);
  });

  it("takes the steps w ← w − ηg of SGD, and v ← μv + g, w ← w − ηv with momentum", () => {
    // Whole batches, so that the gradients of the first two steps are those of w0 and w1.
    const whole = { batchSize: 200, epochs: 2 };
    const half = train({ ...whole, momentum: 0, epochs: 1, learningRate: 0.05 }).parameters;
    const first = train({ ...whole, momentum: 0, epochs: 1 }).parameters;
    const second = train({ ...whole, momentum: 0 }).parameters;
    const withMomentum = train({ ...whole, momentum: 0.9 }).parameters;
    for (const [tensor, values] of parameters.entries()) {
      for (const [index, w0] of values.entries()) {
        const w1 = first[tensor]![index]!;
        expect(half[tensor]![index]!).to.be.closeTo((w0 + w1) / 2, 1e-6);
        expect(withMomentum[tensor]![index]!).to.be.closeTo(second[tensor]![index]! - 0.9 * (w0 - w1), 1e-5);
      }
    }
  });

  it("gives the same bits for the same seed and others for another", () => {
    expect(train().parameters).to.deep.equal(train().parameters);
    expect(train({}, 2).parameters).not.to.deep.equal(train().parameters);
  });

  it("leaves the global model and the data as they were", () => {
    const parametersBefore = structuredClone(parameters);
    const datasetBefore = structuredClone(dataset);
    train();
    expect(parameters).to.deep.equal(parametersBefore);
    expect(dataset).to.deep.equal(datasetBefore);
  });

  it("leaks no tensor over hundreds of jobs, nor when one fails", () => {
    const { numTensors, numBytes } = engine.memory();
    for (let job = 0; job < 300; job++) {
      const result = train({ maxSteps: 3 }, job);
      evaluateModel(engine, { spec, parameters: result.parameters, dataset });
    }
    expect(() => train({ learningRate: 1e30, epochs: 2 })).to.throw(BaseError);
    expect(engine.memory()).to.include({ numTensors, numBytes });
  });

  it("says when it diverged", () => {
    expect(() => train({ learningRate: 1e30 }))
      .to.throw(BaseError)
      .with.property("code", "TRAINING_DIVERGED");
  });

  const wrong: Partial<TrainingConfig>[] = [
    { epochs: 0 },
    { batchSize: 0 },
    { batchSize: 1.5 },
    { learningRate: 0 },
    { learningRate: Number.NaN },
    { momentum: 1 },
    { momentum: -0.1 },
    { maxSteps: 0 },
  ];
  for (const change of wrong) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      expect(() => train(change))
        .to.throw(BaseError)
        .with.property("code", "TRAINING_CONFIG");
    });
  }

  it("refuses to train without data, or with data of another shape", () => {
    const input = { spec, parameters, training, random: new SeededRandom(1) };
    expect(() => trainLocally(engine, { ...input, dataset: blobs(0, input.random) }))
      .to.throw(BaseError)
      .with.property("code", "TRAINING_NO_DATA");
    const other = { ...dataset, sampleShape: [6], labels: new Uint8Array(400) };
    expect(() => trainLocally(engine, { ...input, dataset: other }))
      .to.throw(BaseError)
      .with.property("code", "MODEL_DATA");
  });
});
