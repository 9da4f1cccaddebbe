import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { figureLaboratory } from "../../../experiments/learning/figureLaboratory.ts";
import { KeptTrainings } from "../../../experiments/learning/KeptTrainings.ts";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import type { Federation, FederationScores } from "../../../mechanisms/FigureLaboratory.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";

const data = (first: number): Dataset => ({
  features: Uint8Array.of(first, 2, 3, 4),
  sampleShape: [2],
  scale: 1 / 255,
  labels: Uint8Array.of(0, 1),
  classes: 2,
});

const federation: Federation = {
  task: {
    model: { kind: "mlp", inputs: 2, hidden: [], outputs: 2 },
    fractionBits: 20,
    strategy: { kind: "fedavg" },
    update: { encoding: "float32" },
    numericClass: "strict/1",
    training: { epochs: 1, batchSize: 1, learningRate: 0.1 },
    seed: 1,
  },
  rounds: 2,
  workers: [{ name: "MU 1", dataFor: () => data(1) }],
  weights: "equal",
  test: data(9),
};

const scored = (...scores: number[]): FederationScores => {
  const [untrained, ...rounds] = scores.map((score) => ({
    samples: 2,
    score,
    scorePpb: 0,
    metrics: { score },
  }));
  return { untrained: untrained!, rounds };
};

describe("KeptTrainings", () => {
  let directory: string;
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), "freshet-trainings-")), "deep");
  });
  afterEach(() => rm(join(directory, ".."), { recursive: true }));

  /** Asks whoever keeps trainings for one, and says whether it was trained. */
  async function asked(kept: KeptTrainings, wanted: Federation, scores = scored(0.1, 0.2)) {
    let trained = 0;
    const found = await kept.federate(wanted, async () => {
      trained++;
      return scores;
    });
    expect(found.kept).to.equal(trained === 0);
    return { trained, scores: found.scores };
  }

  it("gives a training that an interrupted run had finished to the next, which leaves nothing", async () => {
    expect(await asked(new KeptTrainings(directory), federation)).to.deep.equal({
      trained: 1,
      scores: scored(0.1, 0.2),
    });
    expect(await readdir(directory)).to.have.length(1);
    const next = new KeptTrainings(directory);
    expect(await asked(next, federation, scored(0.7))).to.deep.equal({
      trained: 0,
      scores: scored(0.1, 0.2),
    });
    await next.remove();
    expect(await readdir(join(directory, ".."))).to.deep.equal([]);
  });

  it("takes no training for another: not of other data, rounds, seeds, weights or targets", async () => {
    await asked(new KeptTrainings(directory), federation);
    const others: Federation[] = [
      { ...federation, rounds: 3 },
      { ...federation, task: { ...federation.task, seed: 2 } },
      { ...federation, weights: "samples" },
      { ...federation, target: 0.9 },
      { ...federation, test: data(8) },
      { ...federation, workers: [{ name: "MU 1", dataFor: () => data(2) }] },
      { ...federation, workers: [{ name: "MU 2", dataFor: () => data(1) }] },
    ];
    for (const other of others) {
      const { trained } = await asked(new KeptTrainings(directory), other);
      expect(trained, JSON.stringify(other)).to.equal(1);
    }
    expect(await readdir(directory)).to.have.length(1 + others.length);
  });

  it("removes what it was asked for, and nothing of others", async () => {
    await asked(new KeptTrainings(directory), federation);
    const mine = new KeptTrainings(directory);
    await asked(mine, { ...federation, rounds: 3 });
    await mine.remove();
    expect(await readdir(directory)).to.have.length(1);
    await new KeptTrainings(join(directory, "never")).remove();
  });

  it("saves a laboratory the training, which tells of its rounds while there is one", async () => {
    const pool = new FederationPool({ threads: 1 });
    const told: string[] = [];
    const laboratory = (make: () => FederationPool) =>
      figureLaboratory({
        pool: make,
        kept: new KeptTrainings(directory),
        load: () => Promise.reject(new Error("nothing is loaded")),
        progress: (text) => told.push(text),
        round: (over, rounds) => told.push(`${over} of ${rounds}`),
      });
    try {
      const found = await laboratory(() => pool).federate(federation);
      expect(found.rounds).to.have.length(2);
      expect(told).to.deep.equal(["1 of 2", "2 of 2"]);
      const again = laboratory(() => {
        throw new Error("it is trained again");
      });
      expect(await again.federate(federation)).to.deep.equal(found);
      expect(told.slice(2)).to.have.length(1);
    } finally {
      await pool.close();
    }
  });

  it("keeps no training whose scores would be others when they are read again, nor one that failed", async () => {
    const kept = new KeptTrainings(directory);
    const scores = scored(0.1, Number.POSITIVE_INFINITY);
    expect(await asked(kept, federation, scores)).to.deep.equal({ trained: 1, scores });
    const failure = await kept
      .federate(federation, () => Promise.reject(new Error("diverged")))
      .catch((error: Error) => error.message);
    expect(failure).to.equal("diverged");
    expect((await asked(kept, federation)).trained).to.equal(1);
  });
});
