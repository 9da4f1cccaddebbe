import { expect } from "chai";
import type { Engine } from "../../../learning/engine/Engine.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { parameterShapes } from "../../../learning/models/parameterShapes.ts";
import { evaluateModel } from "../../../learning/training/evaluateModel.ts";
import type { Correction } from "../../../learning/training/GradientCorrection.ts";
import type { TrainingConfig } from "../../../learning/training/TrainingConfig.ts";
import { trainLocally } from "../../../learning/training/trainLocally.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { blobs } from "./blobs.ts";

describe("trainLocally", () => {
  const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [8], outputs: 3 };
  const dataset = blobs(200, new SeededRandom(1, "train"));
  const parameters = initialParameters(spec, new SeededRandom(1, "initial"));
  const training: TrainingConfig = { epochs: 4, batchSize: 16, learningRate: 0.1, momentum: 0.9 };
  let engine: Engine;
  const train = (change: Partial<TrainingConfig> = {}, seed = 1, correction?: Correction) =>
    trainLocally(engine, {
      spec,
      parameters,
      dataset,
      training: { ...training, ...change },
      correction,
      random: new SeededRandom(seed),
    });
  /** One step on all samples: w1 of w0, and its gradient. */
  const whole = { batchSize: 200, epochs: 1, momentum: 0 };
  const gradientAt = (at: readonly Float32Array[]) => {
    const { parameters: moved } = trainLocally(engine, {
      spec,
      parameters: at,
      dataset,
      training: { ...training, ...whole, learningRate: 1 },
      random: new SeededRandom(1),
    });
    return moved.map((values, tensor) => values.map((value, index) => at[tensor]![index]! - value));
  };
  const expectClose = (
    actual: readonly Float32Array[],
    expected: (tensor: number, index: number) => number,
    tolerance: number,
  ) => {
    for (const [tensor, values] of actual.entries()) {
      for (const [index, value] of values.entries()) {
        expect(value, `tensor ${tensor} at ${index}`).to.be.closeTo(expected(tensor, index), tolerance);
      }
    }
  };
  before(async () => {
    engine = await startEngine();
  });

  it("lowers the loss and learns what it can apply to new samples", () => {
    const { epochLosses, parameters: trained } = train();
    expect(epochLosses).to.have.length(4);
    expect(epochLosses[3]).to.be.lessThan(0.5 * epochLosses[0]!);
    const fresh = blobs(300, new SeededRandom(1, "test"));
    const before = evaluateModel(engine, { spec, parameters, dataset: fresh });
    const after = evaluateModel(engine, { spec, parameters: trained, dataset: fresh });
    expect(after.metrics.crossEntropy).to.be.lessThan(before.metrics.crossEntropy!);
    expect(after.score).to.be.greaterThan(0.9);
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
    const half = train({ ...whole, learningRate: 0.05 }).parameters;
    const first = train(whole).parameters;
    const second = train({ ...whole, epochs: 2 }).parameters;
    const withMomentum = train({ ...whole, epochs: 2, momentum: 0.9 }).parameters;
    const w0 = (tensor: number, index: number) => parameters[tensor]![index]!;
    const w1 = (tensor: number, index: number) => first[tensor]![index]!;
    expectClose(half, (tensor, index) => (w0(tensor, index) + w1(tensor, index)) / 2, 1e-6);
    expectClose(
      withMomentum,
      (tensor, index) => second[tensor]![index]! - 0.9 * (w0(tensor, index) - w1(tensor, index)),
      1e-5,
    );
  });

  for (const optimizer of ["sgd", "adam"] as const) {
    it(`takes the steps of ${optimizer} with weight decay that its formula gives`, () => {
      const [rate, decay, mu, beta1, beta2] = [0.01, 0.1, optimizer === "sgd" ? 0.9 : 0, 0.9, 0.999];
      const training = {
        ...whole,
        epochs: 3,
        optimizer,
        learningRate: rate,
        weightDecay: decay,
        momentum: mu,
      };
      let expected = parameters;
      const zeros = () => parameters.map((values) => new Float64Array(values.length));
      const [velocity, m, v] = [zeros(), zeros(), zeros()];
      for (let step = 1; step <= 3; step++) {
        const gradients = gradientAt(expected);
        expected = expected.map((values, tensor) =>
          values.map((w, index) => {
            const g = gradients[tensor]![index]! + decay * w;
            if (optimizer === "sgd") {
              velocity[tensor]![index] = mu * velocity[tensor]![index]! + g;
              return w - rate * velocity[tensor]![index]!;
            }
            m[tensor]![index] = beta1 * m[tensor]![index]! + (1 - beta1) * g;
            v[tensor]![index] = beta2 * v[tensor]![index]! + (1 - beta2) * g * g;
            const mean = m[tensor]![index]! / (1 - beta1 ** step);
            return w - (rate * mean) / (Math.sqrt(v[tensor]![index]! / (1 - beta2 ** step)) + 1e-8);
          }),
        );
      }
      const { parameters: actual } = train(training);
      // Adam divides by a root: where a gradient is all but 0, its rounding counts.
      const tolerance = optimizer === "sgd" ? 1e-5 : 5e-4;
      expectClose(actual, (tensor, index) => expected[tensor]![index]!, tolerance);
    });
  }

  it("adds μ(w − w_global) and the control variate to every gradient", () => {
    const variate = parameters.map((values) => values.map((_, index) => 0.1 * Math.sin(index)));
    const w1 = train(whole).parameters;
    const gradients = gradientAt(w1);
    // Step 1 is at w_global, where the proximal term is 0; step 2 pulls back towards it.
    const proximal = train({ ...whole, epochs: 2 }, 1, { proximalMu: 2 }).parameters;
    expectClose(
      proximal,
      (tensor, index) => {
        const w = w1[tensor]![index]!;
        return w - 0.1 * (gradients[tensor]![index]! + 2 * (w - parameters[tensor]![index]!));
      },
      1e-5,
    );
    const controlled = train(whole, 1, { controlVariate: variate }).parameters;
    expectClose(controlled, (tensor, index) => w1[tensor]![index]! - 0.1 * variate[tensor]![index]!, 1e-6);
    expect(train(whole, 1, { proximalMu: 0 }).parameters).to.deep.equal(w1);
  });

  it("corrects parameters, but not the running means and variances", () => {
    const signs: ModelSpec = { kind: "traffic-sign", input: [3, 4, 1], outputs: 3, width: 2 };
    const shapes = parameterShapes(signs);
    const start = initialParameters(signs, new SeededRandom(2));
    const trainSigns = (correction?: Correction) =>
      trainLocally(engine, {
        spec: signs,
        parameters: start,
        dataset,
        training: { ...training, ...whole },
        correction,
        random: new SeededRandom(1),
      }).parameters;
    const plain = trainSigns();
    const ones = start.map((values) => values.map(() => 1));
    const corrected = trainSigns({ proximalMu: 1, controlVariate: ones });
    for (const [tensor, { trainable, name }] of shapes.entries()) {
      const same = expect(corrected[tensor], name).to;
      if (trainable) same.not.deep.equal(plain[tensor]);
      else same.deep.equal(plain[tensor]);
      expect(plain[tensor], name).to.not.deep.equal(start[tensor]);
    }
  });

  it("moves a running mean and variance a tenth of the way to the batch's", () => {
    // A convolution with one weight 1 in its middle passes the image on.
    const signs: ModelSpec = { kind: "traffic-sign", input: [3, 4, 1], outputs: 3, width: 1 };
    const names = parameterShapes(signs).map(({ name }) => name);
    const start = initialParameters(signs, new SeededRandom(2)).map((values, tensor) =>
      names[tensor] === "conv0.kernel" ? values.map((_, index) => (index === 4 ? 1 : 0)) : values,
    );
    const { parameters: moved } = trainLocally(engine, {
      spec: signs,
      parameters: start,
      dataset,
      training: { epochs: 1, batchSize: 200, learningRate: 0.1 },
      random: new SeededRandom(1),
    });
    const pixels = [...dataset.features].map((value) => value / 255);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (pixels.length - 1);
    const movedTo = (name: string) => moved[names.indexOf(name)]![0]!;
    expect(movedTo("conv0.norm.mean")).to.be.closeTo(0.1 * mean, 1e-6);
    expect(movedTo("conv0.norm.variance")).to.be.closeTo(0.9 + 0.1 * variance, 1e-6);
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
    train({ optimizer: "adam", momentum: 0, maxSteps: 3 }, 1, { proximalMu: 1, controlVariate: parameters });
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
    { weightDecay: -1 },
    { optimizer: "adam" }, // with the momentum of `training`
    { optimizer: "rmsprop" as "adam", momentum: 0 },
  ];
  for (const change of wrong) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      expect(() => train(change))
        .to.throw(BaseError)
        .with.property("code", "TRAINING_CONFIG");
    });
  }

  const wrongCorrections: [string, Correction][] = [
    ["TRAINING_CORRECTION", { proximalMu: -1 }],
    ["TRAINING_CORRECTION", { proximalMu: Number.NaN }],
    ["PARAMETERS_SHAPE", { controlVariate: [] }],
    ["TRAINING_CORRECTION", { controlVariate: parameters.map((values) => values.map(() => Number.NaN)) }],
  ];
  for (const [code, correction] of wrongCorrections) {
    it(`refuses the correction ${JSON.stringify(correction).slice(0, 40)}`, () => {
      expect(() => train({}, 1, correction))
        .to.throw(BaseError)
        .with.property("code", code);
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
