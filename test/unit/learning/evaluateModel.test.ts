import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import type { Engine } from "../../../learning/engine/Engine.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { evaluateModel } from "../../../learning/training/evaluateModel.ts";
import { argmax, evaluateSamples } from "../../../learning/training/evaluateSamples.ts";
import { summarizeEvaluation } from "../../../learning/training/summarizeEvaluation.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { blobs } from "./blobs.ts";

describe("evaluateModel", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  describe("of a classification", () => {
    const spec: ModelSpec = { kind: "mlp", inputs: 2, hidden: [], outputs: 2 };
    const dataset: Dataset = {
      features: Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0),
      sampleShape: [2],
      scale: 1,
      labels: Uint8Array.of(0, 1, 0, 1),
      classes: 2,
    };

    it("counts a tie for the lowest class and averages the cross-entropy", () => {
      // The identity: logits are the features; rows 2 and 3 are ties.
      const parameters = [Float32Array.of(1, 0, 0, 1), Float32Array.of(0, 0)];
      const { samples, score, scorePpb, metrics } = evaluateModel(engine, { spec, parameters, dataset });
      expect({ samples, score, scorePpb }).to.deep.equal({ samples: 4, score: 0.75, scorePpb: 750_000_000 });
      const expected = (2 * Math.log(1 + Math.exp(-1)) + 2 * Math.LN2) / 4;
      expect(metrics.accuracy).to.equal(0.75);
      expect(metrics.crossEntropy).to.be.closeTo(expected, 1e-7);
    });

    it("stays finite for confident mistakes", () => {
      const parameters = [Float32Array.of(-1000, 0, 0, -1000), Float32Array.of(0, 0)];
      const { metrics } = evaluateModel(engine, { spec, parameters, dataset });
      expect(metrics.crossEntropy).to.be.closeTo((2000 + 2 * Math.LN2) / 4, 1e-3);
    });

    it("counts as wholly wrong where a model's outputs are no numbers any more", () => {
      // As an update of the largest weights makes it: layer by layer beyond what a float32 holds.
      const deep: ModelSpec = { kind: "mlp", inputs: 2, hidden: [4, 4, 4, 4, 4], outputs: 2 };
      const sizes = [2, 4, 4, 4, 4, 4, 2];
      const parameters = sizes
        .slice(1)
        .flatMap((size, i) => [
          Float32Array.from({ length: sizes[i]! * size }, (_, at) =>
            at % 2 === 0 || i < 5 ? 2 ** 31 : -(2 ** 31),
          ),
          new Float32Array(size),
        ]);
      const { squares } = evaluateSamples(engine, { spec: deep, parameters, dataset });
      expect([...squares].every((square) => square >= 0 && square <= 2)).to.equal(true);
      expect(squares[0]).to.equal(2);
    });

    it("refuses to score a model on no sample", () => {
      const parameters = [new Float32Array(4), new Float32Array(2)];
      const empty = { ...dataset, features: new Float32Array(), labels: new Uint8Array() };
      expect(() => evaluateModel(engine, { spec, parameters, dataset: empty }))
        .to.throw(BaseError, /No sample is held out/)
        .with.property("code", "NOTHING_TO_SCORE");
    });

    it("rounds the score down with whole numbers, where fractions would lose one", () => {
      // 0.57 · 100 is 56.99999999999999 in float64.
      const task = "classification" as const;
      for (let correct = 0; correct <= 700; correct++) {
        const outcomes = Float64Array.from({ length: 700 }, (_, index) => Number(index < correct));
        const { scorePpb } = summarizeEvaluation([{ task, losses: new Float64Array(700), outcomes }]);
        expect(scorePpb).to.equal(Number((1_000_000_000n * BigInt(correct)) / 700n));
      }
    });

    it("has Brier losses of the probabilities, from 0 for certainty to 2 for a certain mistake", () => {
      const brier = (weights: number[], bias: number[]) => [
        ...evaluateSamples(engine, {
          spec,
          parameters: [Float32Array.from(weights), Float32Array.from(bias)],
          dataset,
        }).squares,
      ];
      // A guess: (1 − ½)² + ½².
      for (const loss of brier([0, 0, 0, 0], [0, 0])) expect(loss).to.equal(0.5);
      // Always certain of class 0.
      const certain = brier([0, 0, 0, 0], [1000, 0]);
      expect(certain).to.deep.equal([...dataset.labels].map((label) => (label === 0 ? 0 : 2)));
    });

    it("argmax takes the first of equals", () => {
      expect(argmax([1, 3, 3, 2])).to.equal(1);
      expect(argmax([0, 0])).to.equal(0);
    });
  });

  describe("of a regression", () => {
    const spec: ModelSpec = {
      kind: "mlp",
      inputs: 1,
      hidden: [],
      outputs: 1,
      task: "regression",
      outputScale: 100,
    };
    // Predictions are 100 · feature: errors of −13, −14, 10, 11 and 0 cycles.
    const dataset: Dataset = {
      features: Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5),
      sampleShape: [1],
      scale: 1,
      labels: Float32Array.of(63, 64, 40, 39, 50),
      classes: 0,
    };
    const parameters = [Float32Array.of(1), Float32Array.of(0)];

    it("scores the share within [−13, +10] cycles and measures RMSE and the NASA score", () => {
      const { score, scorePpb, metrics } = evaluateModel(engine, { spec, parameters, dataset });
      expect(score).to.equal(0.6);
      expect(scorePpb).to.equal(600_000_000);
      expect(metrics.rmse).to.equal(Math.sqrt((169 + 196 + 100 + 121) / 5));
      expect(metrics.meanAbsoluteError).to.equal(48 / 5);
      const expected = 2 * (Math.E - 1) + Math.exp(14 / 13) - 1 + Math.exp(1.1) - 1;
      expect(metrics.nasaScore).to.be.closeTo(expected, 1e-12);
    });

    it("has no score for a model that has lost itself", () => {
      const lost = [Float32Array.of(Number.NaN), Float32Array.of(0)];
      expect(evaluateModel(engine, { spec, parameters: lost, dataset }).scorePpb).to.equal(0);
    });

    it("refuses classes", () => {
      const classes = { ...dataset, labels: new Uint8Array(5), classes: 2 };
      expect(() => evaluateModel(engine, { spec, parameters, dataset: classes }))
        .to.throw(BaseError)
        .with.property("code", "MODEL_DATA");
    });
  });

  describe("of a reconstruction", () => {
    const spec: ModelSpec = { kind: "autoencoder", inputs: 2, hidden: [1] };
    // Reproduces (x, x) for x ≥ 0 and nothing else: the error is that of the second feature, squared, halved.
    const parameters = [
      Float32Array.of(1, 0),
      Float32Array.of(0),
      Float32Array.of(1, 1),
      Float32Array.of(0, 0),
    ];
    const dataset = (pairs: readonly [number, number][], labels: readonly number[]): Dataset => ({
      features: Float32Array.from(pairs.flat()),
      sampleShape: [2],
      scale: 1,
      labels: Uint8Array.from(labels),
      classes: 2,
    });

    it("scores the area under the ROC curve, ties counting half", () => {
      const pairs: [number, number][] = [
        [1, 1],
        [1, 3],
        [2, 4],
        [1, 4],
      ];
      // Errors 0, 2, 2 and 4.5; anomalous are the second and the last: 1 + ½ + 1 + 1 of 4 pairs.
      const { score, scorePpb, metrics } = evaluateModel(engine, {
        spec,
        parameters,
        dataset: dataset(pairs, [0, 1, 0, 1]),
      });
      expect(score).to.equal(3.5 / 4);
      expect(scorePpb).to.equal(875_000_000);
      expect(metrics).to.deep.equal({ auc: 3.5 / 4, normalError: 1, anomalyError: 3.25 });
    });

    it("refuses to score a model without an anomaly, or without a normal sample", () => {
      for (const label of [0, 1]) {
        expect(() => evaluateModel(engine, { spec, parameters, dataset: dataset([[1, 2]], [label]) }))
          .to.throw(BaseError, new RegExp(`Of 1 held-out samples ${label} are anomalous`))
          .with.property("code", "NOTHING_TO_SCORE");
      }
    });

    it("refuses labels that are not normal or anomalous", () => {
      const wrong = { ...dataset([[1, 2]], [2]), classes: 3 };
      expect(() => evaluateModel(engine, { spec, parameters, dataset: wrong }))
        .to.throw(BaseError)
        .with.property("code", "MODEL_DATA");
    });
  });

  it("gives the same figures for parts of any size as for the whole", () => {
    const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [9], outputs: 3 };
    const parameters = initialParameters(spec, new SeededRandom(1));
    const dataset = blobs(337, new SeededRandom(2));
    const whole = evaluateModel(engine, { spec, parameters, dataset });
    for (const size of [1, 7, 100, 250]) {
      const parts = [];
      for (let start = 0; start < 337; start += size) {
        const rows = Array.from({ length: Math.min(size, 337 - start) }, (_, row) => start + row);
        parts.push(evaluateSamples(engine, { spec, parameters, dataset: selectSamples(dataset, rows) }));
      }
      expect(summarizeEvaluation(parts)).to.deep.equal(whole);
    }
  });
});
