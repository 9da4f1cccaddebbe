import { expect } from "chai";

import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { ComputePool } from "../../../learning/training/ComputePool.ts";
import type { ScoringTools } from "../../../mechanisms/MechanismScores.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { initialModel } from "../../../tasks/initialModel.ts";
import { scoringTools } from "../../../tasks/scoringTools.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { rejected } from "../thrown.ts";
import { smallSpec } from "./smallSpec.ts";

const SPEC = parseTaskSpec(smallSpec());
/** Largest first batch: 128 KiB. */
const TERMS = { maxWorkers: 65_536, subchains: [3n] };

function images(samples: number, seed: number): Dataset {
  const random = new SeededRandom(seed, "images");
  return {
    features: Uint8Array.from({ length: samples * 784 }, () => random.integer(256)),
    sampleShape: [28, 28],
    scale: 1 / 255,
    labels: Uint8Array.from({ length: samples }, () => random.integer(10)),
    classes: 10,
  };
}

describe("scoringTools", () => {
  const heldOut = images(30, 1);
  const own = images(12, 2);
  let pool: ComputePool;
  let updates: MemoryStore;
  let tools: ScoringTools;
  let models: MemoryStore;
  let global: string;
  before(() => {
    pool = new ComputePool({ threads: 1 });
  });
  after(() => pool.close());
  beforeEach(async () => {
    models = new MemoryStore();
    updates = new MemoryStore();
    global = await models.put(initialModel(SPEC));
    tools = scoringTools(
      { spec: SPEC, terms: TERMS },
      { models, updates, pool, heldOutData: async () => heldOut },
    );
  });
  const all = (samples: number) => Uint32Array.from({ length: samples }, (_, i) => i);

  it("looks at a batch's samples, and at those that are held out without one", async () => {
    const batch = await updates.put(encodeDataset(own));
    expect([await tools.batch(batch), await tools.heldOut()]).to.deep.equal([12, 30]);
    const losses = await tools.losses({ global }, all(12), batch);
    // Losses of an untrained model are those of a guess.
    expect(
      [...losses].every((loss) => loss > 0.5 && loss < 1.5),
      String(losses),
    ).to.equal(true);
    expect(losses).to.not.deep.equal(await tools.losses({ global }, all(12)));
    const some = await tools.losses({ global }, Uint32Array.of(7, 3), batch);
    expect([...some]).to.deep.equal([losses[7], losses[3]]);
    // The held-out samples as a batch: the same bits.
    const same = await updates.put(encodeDataset(selectSamples(heldOut, all(20))));
    expect(await tools.losses({ global }, all(20), same)).to.deep.equal(
      await tools.losses({ global }, all(20)),
    );
  });

  it("finds a certain mistake in every wrong label of a model that is certain, and no more", async () => {
    // Feature k is for class k, and says which one a sample is of.
    const { tensors, ...rest } = decodeModel(initialModel(SPEC), SPEC);
    const weights = new Int32Array(784 * 10);
    for (let k = 0; k < 10; k++) weights[k * 10 + k] = 100 * 2 ** rest.fractionBits;
    const certain = await models.put(encodeModel({ ...rest, tensors: [weights, tensors[1]!.fill(0)] }));
    const features = new Uint8Array(20 * 784);
    for (let i = 0; i < 20; i++) features[784 * i + (i % 10)] = 255;
    const labelled = (shift: number) =>
      updates.put(
        encodeDataset({
          ...own,
          features,
          labels: Uint8Array.from({ length: 20 }, (_, i) => (i + shift) % 10),
        }),
      );
    const mean = async (batch: string) =>
      (await tools.losses({ global: certain }, all(20), batch)).reduce((sum, loss) => sum + loss, 0) / 20;
    expect(await mean(await labelled(0))).to.be.below(1e-80);
    expect(await mean(await labelled(1))).to.equal(2);
  });

  it("has no samples of what is no batch of the task's data, or larger than may be", async () => {
    const garbage = await updates.put(new Uint8Array(1000).fill(7));
    const large = await updates.put(encodeDataset(images(167, 3)));
    const fitting = await updates.put(encodeDataset(images(166, 3)));
    expect([await tools.batch(garbage), await tools.batch(large), await tools.batch(fitting)]).to.deep.equal([
      0, 0, 166,
    ]);
    expect((await rejected(tools.losses({ global }, all(1), garbage))).code).to.equal("NO_BATCH");
  });

  it("asks again for what could not be had before", async () => {
    const batch = await updates.put(encodeDataset(own));
    const silent = new BaseError("STORAGE_UNREACHABLE", "Nobody answers.", { retryable: true });
    updates.errors.set(batch, silent);
    expect((await rejected(tools.batch(batch))).code).to.equal("STORAGE_UNREACHABLE");
    updates.errors.clear();
    expect(await tools.batch(batch)).to.equal(12);
    models.errors.set(global, silent);
    expect((await rejected(tools.losses({ global }, all(12), batch))).code).to.equal("STORAGE_UNREACHABLE");
    models.errors.clear();
    expect(await tools.losses({ global }, all(12), batch)).to.have.length(12);
  });

  it("does not decide about a batch that cannot be had here: others may have it", async () => {
    const missing = `0x${"77".repeat(32)}`;
    expect((await rejected(tools.batch(missing))).code).to.equal("STORAGE_NOT_FOUND");
  });
});
