import { expect } from "chai";

import { checkAggregates } from "../../../audit/rounds/checkAggregates.ts";
import type { Scoring } from "../../../audit/rounds/checkScores.ts";
import type { Tally } from "../../../audit/Tally.ts";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { aoiContract } from "../../../mechanisms/aoi-contract/aoiContract.ts";
import type { Mechanism } from "../../../mechanisms/Mechanism.ts";
import { decodeScore, encodeScore } from "../../../mechanisms/model-trading/encodings.ts";
import { modelTrading } from "../../../mechanisms/model-trading/modelTrading.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeScores, type ScoreRecord, scoresTree } from "../../../protocol/scores.ts";
import { failureOf } from "./failureOf.ts";
import { finalizeWith } from "./finalizeWith.ts";
import { type HonestTask, honestTask, TASK } from "./honestTask.ts";
import { missesOf } from "./missesOf.ts";

/** The AoI contract with model trading's scores. */
const SCORING: Mechanism = { ...aoiContract, scores: modelTrading.scores!, scoresBatches: true };

const images = (labels: readonly number[]): Dataset => ({
  features: new Uint8Array(labels.length * 784),
  sampleShape: [28, 28],
  scale: 1 / 255,
  labels: Uint8Array.from(labels),
  classes: 10,
});

/** A sample's loss is a tenth of its label, whatever the model. */
const scoring: Scoring = {
  pool: {
    evaluateEach: async ({ dataset: { labels } }) => {
      const squares = Float64Array.from(labels, (label) => label / 10);
      return [{ task: "classification", losses: squares, outcomes: squares, squares }];
    },
  },
  heldOutData: async () => images([5, 5, 5, 5, 5, 5]),
};
const check = (evidence: HonestTask["evidence"], tally: Tally) =>
  checkAggregates(evidence, tally, { scoring });

describe("audit: scores on workers' first batches", () => {
  let task: HonestTask;
  /** What the first worker is said to have synchronized, before or after its first commit. */
  async function synchronize(bytes: Uint8Array, when: "before" | "after" = "before"): Promise<string> {
    const dataDigest = await task.storage.put(bytes);
    const { events } = task.physical;
    task.physical.emit("TwinSynchronized", { task: TASK, twin: task.workers[0]!, dataDigest, samples: 4 });
    const committed = events.findIndex(({ name }) => name === "UpdateCommitted");
    events.splice(when === "before" ? committed : committed + 1, 0, events.pop()!);
    return dataDigest;
  }

  /** A task anew. */
  async function begin(): Promise<void> {
    task = await honestTask();
    task.evidence.mechanism = async () => SCORING;
  }

  /** Has the aggregators attest these ω, billionths. */
  async function attest(omegas: readonly number[]): Promise<readonly ScoreRecord[]> {
    const records = omegas.map((omegaPpb, index) => ({
      ...{ chainId: 4n, task: TASK, index },
      score: encodeScore({ omegaPpb, thetaPpb: 1_000_000_000, rounds: 1 }),
    }));
    const digest = await task.storage.put(encodeScores(records));
    finalizeWith(task, { scores: { root: scoresTree(records).root(), digest } });
    return records;
  }

  const OWN = encodeDataset(images([9, 9, 9, 9]));
  beforeEach(begin);

  it("pass where ω is the loss on the worker's own batch, and on held-out samples for who has none", async () => {
    await synchronize(OWN);
    const [first] = await attest([900_000_000, 500_000_000]);
    expect(decodeScore(first!.score).omegaPpb).to.equal(900_000_000);
    expect(await failureOf(check, task.evidence)).to.equal("");
  });

  it("are named when the aggregators attested another ω", async () => {
    await synchronize(OWN);
    const root = scoresTree(await attest([900_000_001, 500_000_000])).root();
    const found = await failureOf(check, task.evidence);
    expect(found).to.contain(`Round 1 was finalized with scores ${root} in file`);
    const right = scoresTree(await attest([900_000_000, 500_000_000])).root();
    expect(found).to.contain(`; ${right} in`);
    // As if nobody had looked at the batch.
    await attest([500_000_000, 500_000_000]);
    expect(await failureOf(check, task.evidence)).to.contain(`; ${right} in`);
  });

  it("go by the first batch, and by none that came after the worker's first commit", async () => {
    await synchronize(OWN);
    await synchronize(encodeDataset(images([1, 1])));
    await attest([900_000_000, 500_000_000]);
    expect(await failureOf(check, task.evidence)).to.equal("");
    await begin();
    await synchronize(OWN, "after");
    await attest([500_000_000, 500_000_000]);
    expect(await failureOf(check, task.evidence)).to.equal("");
  });

  it("tell of a batch that storage does not give as it was put, and cannot be examined without it", async () => {
    const batch = await synchronize(OWN);
    await attest([900_000_000, 500_000_000]);
    task.storage.errors.set(batch, new BaseError("STORAGE_CORRUPT", "A block is damaged."));
    expect(await failureOf(check, task.evidence)).to.equal(
      `The file ${batch}, which workers are scored by, cannot be read: A block is damaged.`,
    );
    await begin();
    task.storage.files.delete(await synchronize(OWN));
    await attest([900_000_000, 500_000_000]);
    expect((await missesOf(check, task.evidence))[0]).to.contain(
      `The file ${batch}, which workers are scored by`,
    );
  });

  it("find nothing to learn in a batch that is none, as aggregators do", async () => {
    for (const bytes of [new Uint8Array(100).fill(3), encodeDataset(images([]))]) {
      await begin();
      await synchronize(bytes);
      await attest([0, 500_000_000]);
      expect(await failureOf(check, task.evidence)).to.equal("");
    }
    await begin();
    const large = await synchronize(Uint8Array.of(1));
    task.storage.errors.set(large, new BaseError("STORAGE_TOO_LARGE", "It has 17 MiB."));
    await attest([0, 500_000_000]);
    expect(await failureOf(check, task.evidence)).to.equal("");
  });
});
