import { expect } from "chai";

import { assertDataset } from "../../../learning/datasets/Dataset.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { modelDataMismatch } from "../../../learning/models/modelDataMismatch.ts";
import { ComputePool } from "../../../learning/training/ComputePool.ts";
import { trainingProbe } from "../../../learning/training/trainingProbe.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { measureTraining } from "../../../scripts/capacity/measureTraining.ts";
import { TRAINING_CASES } from "./trainingCases.ts";

describe("trainingProbe", () => {
  for (const { of: name, spec } of TRAINING_CASES) {
    it(`makes up samples that a model takes: ${name}`, () => {
      const training = { epochs: 3, batchSize: 4, learningRate: 0.1, maxSteps: 1 };
      const job = trainingProbe({ model: spec, training }, 12);
      expect(job.dataset.labels).to.have.length(12);
      assertDataset(job.dataset);
      expect(modelDataMismatch(job.spec, job.dataset)).to.equal(undefined);
      expect(job.training).to.include({ epochs: 1, maxSteps: undefined });
    });
  }

  it("is trained, and tells how fast", async () => {
    const pool = new ComputePool({ threads: 1 });
    try {
      const model: ModelSpec = { kind: "mlp", inputs: 784, hidden: [], outputs: 10 };
      const training = { epochs: 2, batchSize: 32, learningRate: 0.1, samplesPerRound: 100 };
      const speed = await measureTraining(
        { model, training, numericClass: "strict/1" },
        { pool, clock: systemClock },
      );
      expect(speed).to.be.greaterThan(100);
    } finally {
      await pool.close();
    }
  });
});
