import { expect } from "chai";
import { initialParameters } from "../../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../../learning/models/ModelSpec.ts";
import { ComputePool } from "../../../../learning/training/ComputePool.ts";
import type { TrainJob } from "../../../../learning/training/TrainJob.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { blobs } from "../blobs.ts";

/** Rounds of the run; `FRESHET_POOL_ROUNDS=1000` for the long one, whose figures are in docs/learning-engine.md. */
const ROUNDS = Number(process.env.FRESHET_POOL_ROUNDS ?? 150);

describe("a ComputePool's memory", function () {
  this.timeout(600_000);
  const random = new SeededRandom(1);
  const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [512, 512], outputs: 3 };
  const job: TrainJob = {
    spec,
    parameters: initialParameters(spec, random),
    dataset: blobs(64, random),
    training: { epochs: 2, batchSize: 32, learningRate: 0.01, momentum: 0.9 },
    seed: 1,
    stream: ["memory"],
  };

  it(`stays flat over ${ROUNDS} rounds`, async () => {
    const pool = new ComputePool({ threads: 1 });
    try {
      const round = async () => {
        await pool.train(job);
        await pool.evaluate(job);
        return process.memoryUsage().rss / 2 ** 20;
      };
      const resident: number[] = [];
      for (let index = 0; index < ROUNDS; index++) resident.push(await round());
      // The garbage collectors take some rounds to settle; a leak of one round's 5 MB would show in a few.
      const settled = Math.min(...resident.slice(ROUNDS / 3, (2 * ROUNDS) / 3));
      const end = Math.min(...resident.slice(-20));
      expect(end - settled).to.be.lessThan(0.3 * ROUNDS);
      expect(end - settled).to.be.lessThan(60);
    } finally {
      await pool.close();
    }
  });

  it("gives the same results from threads that are replaced after every job", async () => {
    const kept = new ComputePool({ threads: 2 });
    const replaced = new ComputePool({ threads: 2, recycleBytes: 0 });
    try {
      const expected = await kept.train(job);
      for (let index = 0; index < 3; index++) {
        const [first, second] = await Promise.all([replaced.train(job), replaced.train(job)]);
        expect(first.parameters).to.deep.equal(expected.parameters);
        expect(second.parameters).to.deep.equal(expected.parameters);
      }
    } finally {
      await Promise.all([kept.close(), replaced.close()]);
    }
  });
});
