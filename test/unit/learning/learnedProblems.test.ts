import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import type { Engine } from "../../../learning/engine/Engine.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { evaluateModel } from "../../../learning/training/evaluateModel.ts";
import type { TrainingConfig } from "../../../learning/training/TrainingConfig.ts";
import { trainLocally } from "../../../learning/training/trainLocally.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";

const STEPS = 12;

/** Windows of two noisy readings that wear down; the target is how much life is left, 0 to 100 cycles. */
function wearing(samples: number, random: SeededRandom): Dataset {
  const features = new Float32Array(samples * STEPS * 2);
  const labels = new Float32Array(samples);
  for (let row = 0; row < samples; row++) {
    labels[row] = 100 * random.uniform();
    for (let step = 0; step < STEPS; step++) {
      const left = (labels[row]! + STEPS - step) / 100;
      const noise = () => 0.2 * (random.uniform() - 0.5);
      features[(row * STEPS + step) * 2] = left * left + noise();
      features[(row * STEPS + step) * 2 + 1] = 1 - left + noise();
    }
  }
  return { features, sampleShape: [STEPS, 2], scale: 1, labels, classes: 0 };
}

/** Points near a line in 8 dimensions; an anomalous one has some coordinate off it. */
function onALine(samples: number, anomalies: boolean, random: SeededRandom): Dataset {
  const features = new Float32Array(samples * 8);
  const labels = new Uint8Array(samples);
  for (let row = 0; row < samples; row++) {
    const at = random.uniform();
    for (let column = 0; column < 8; column++) {
      features[row * 8 + column] = Math.abs(at - column / 7) + 0.05 * random.uniform();
    }
    if (!anomalies || random.uniform() < 0.7) continue;
    labels[row] = 1;
    features[row * 8 + random.integer(8)]! += 0.4;
  }
  return { features, sampleShape: [8], scale: 1, labels, classes: 2 };
}

/** Images of 8×8 with a bar that is upright (0), lies down (1) or is not there (2). */
function bars(samples: number, random: SeededRandom): Dataset {
  const features = new Uint8Array(samples * 64);
  const labels = new Uint8Array(samples);
  for (let row = 0; row < samples; row++) {
    const label = random.integer(3);
    labels[row] = label;
    const [line, from] = [random.integer(8), random.integer(3)];
    for (let pixel = 0; pixel < 64; pixel++) features[row * 64 + pixel] = random.integer(80);
    for (let at = from; at < from + 6 && label < 2; at++) {
      features[row * 64 + (label === 0 ? at * 8 + line : line * 8 + at)] = 150 + random.integer(100);
    }
  }
  return { features, sampleShape: [8, 8], scale: 1 / 255, labels, classes: 3 };
}

describe("small problems are learned", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  const adam = (learningRate: number, epochs: number): TrainingConfig => ({
    epochs,
    batchSize: 16,
    optimizer: "adam",
    learningRate,
  });

  /** Scores on new samples of a model that starts from a seed and one that was trained. */
  function learn(spec: ModelSpec, data: (part: string) => Dataset, training: TrainingConfig) {
    const parameters = initialParameters(spec, new SeededRandom(1, "initial"));
    const random = new SeededRandom(1, "training");
    const trained = trainLocally(engine, { spec, parameters, dataset: data("train"), training, random });
    const [before, after] = [parameters, trained.parameters].map((model) =>
      evaluateModel(engine, { spec, parameters: model, dataset: data("test") }),
    );
    return { before: before!, after: after! };
  }

  const regressions: [ModelSpec, TrainingConfig][] = [
    [
      { kind: "mlp", inputs: 2 * STEPS, hidden: [16], outputs: 1, task: "regression", outputScale: 100 },
      adam(0.01, 6),
    ],
    [
      {
        kind: "cnn1d",
        input: [STEPS, 2],
        convolutions: [{ filters: 6, size: 3, pool: 2 }],
        hidden: [8],
        outputs: 1,
        task: "regression",
        outputScale: 100,
      },
      adam(0.01, 6),
    ],
    [
      {
        kind: "gru",
        input: [STEPS, 2],
        units: 8,
        hidden: [],
        outputs: 1,
        task: "regression",
        outputScale: 100,
      },
      adam(0.02, 5),
    ],
  ];
  for (const [spec, training] of regressions) {
    it(`remaining life, by a ${spec.kind}`, () => {
      const { before, after } = learn(spec, (part) => wearing(400, new SeededRandom(1, part)), training);
      expect(before.score).to.be.lessThan(0.5);
      expect(after.score).to.be.greaterThan(0.9);
      expect(after.metrics.rmse).to.be.lessThan(9);
    });
  }

  it("anomalies, by an autoencoder that sees normal samples only", () => {
    const { before, after } = learn(
      { kind: "autoencoder", inputs: 8, hidden: [16, 2] },
      (part) => onALine(600, part === "test", new SeededRandom(1, part)),
      adam(0.01, 20),
    );
    expect(after.score).to.be.greaterThan(Math.max(0.9, before.score + 0.1));
    expect(after.metrics.anomalyError).to.be.greaterThan(3 * after.metrics.normalError!);
  });

  const classifications: [ModelSpec, TrainingConfig][] = [
    [
      {
        kind: "cnn",
        input: [8, 8, 1],
        convolutions: [{ filters: 8, size: 5, pool: 2 }],
        hidden: [],
        outputs: 3,
      },
      { epochs: 6, batchSize: 16, learningRate: 0.05, momentum: 0.9 },
    ],
    [
      { kind: "resnet18", input: [8, 8, 1], outputs: 3, width: 4 },
      { epochs: 4, batchSize: 16, learningRate: 0.05, momentum: 0.9 },
    ],
    [{ kind: "traffic-sign", input: [8, 8, 1], outputs: 3, width: 8, dropout: 0.1 }, adam(0.01, 10)],
  ];
  for (const [spec, training] of classifications) {
    it(`bars, by a ${spec.kind}`, () => {
      const { after } = learn(spec, (part) => bars(400, new SeededRandom(1, part)), training);
      expect(after.score).to.be.greaterThan(0.9);
    });
  }
});
