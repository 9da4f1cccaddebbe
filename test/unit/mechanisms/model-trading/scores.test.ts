import { expect } from "chai";

import type { ScoredModel, ScoredRound, ScoringTools } from "../../../../mechanisms/MechanismScores.ts";
import { decodeScore, encodeScore } from "../../../../mechanisms/model-trading/encodings.ts";
import { foldMeans, medianOf } from "../../../../mechanisms/model-trading/scores/medianOfMeans.ts";
import {
  foldCount,
  MOST_EVALUATIONS,
  sampleCount,
  scores,
} from "../../../../mechanisms/model-trading/scores/scores.ts";
import { TERMS } from "../../tasks/view/taskStory.ts";

const BASE = "0xba5e";
const terms = { ...TERMS, aggregators: ["0xa1", "0xa2", "0xa3"] };

/** By model, and on a batch by the batch's name before it. */
type Losses = Readonly<Record<string, number | ((sample: number) => number)>>;

/** Models whose loss on every sample is the same; all that is asked of them is taken down. */
function toolsOf(losses: Losses, heldOut = 300, batches: Readonly<Record<string, number>> = {}) {
  const asked: { model: ScoredModel; samples: Uint32Array; batch: string | undefined }[] = [];
  const tools: ScoringTools = {
    heldOut: async () => heldOut,
    batch: async (digest) => batches[digest]!,
    async losses(model, samples, batch) {
      asked.push({ model, samples, batch });
      const name = "global" in model ? model.global : model.update;
      const loss = losses[batch === undefined ? name : `${batch} ${name}`]!;
      return Float64Array.from(samples, (sample) => (typeof loss === "number" ? loss : loss(sample)));
    },
  };
  return { tools, asked };
}

function roundOf(
  updates: readonly { index: number; update: string; accepted?: boolean; firstBatch?: string }[],
  before: ScoredRound["before"] = [],
): ScoredRound {
  return {
    ...{ task: 1n, round: 1, terms, mechanismTerms: "0x", base: BASE, before },
    revealed: updates.map(({ index, update, accepted = true, firstBatch }) => ({
      ...{ chainId: 3n, index, worker: `0x${index}`, update, samples: 10, accepted, firstBatch },
    })),
  };
}
const first = { [terms.initialModel]: 0.9, [BASE]: 0.5 };

describe("model trading's scores", () => {
  it("measure ω on the initial model and θ by how much an update lowers the loss", async () => {
    const { tools } = toolsOf({ ...first, good: 0.25, bad: 0.75 });
    const records = await scores(
      roundOf([
        { index: 0, update: "good" },
        { index: 1, update: "bad" },
      ]),
      tools,
    );
    expect(records.map(({ index, score }) => [index, decodeScore(score)])).to.deep.equal([
      [0, { omegaPpb: 900_000_000, thetaPpb: 500_000_000, rounds: 1 }],
      // One that makes the model worse teaches nothing.
      [1, { omegaPpb: 900_000_000, thetaPpb: 1_000_000_000, rounds: 1 }],
    ]);
  });

  it("count an update or a model whose outputs are no numbers as one that teaches nothing", async () => {
    const numberless = [Number.NaN, Number.POSITIVE_INFINITY];
    for (const broken of numberless) {
      const { tools } = toolsOf({ ...first, broken });
      const [record] = await scores(roundOf([{ index: 0, update: "broken" }]), tools);
      expect(decodeScore(record!.score).thetaPpb).to.equal(1_000_000_000);
      const of = toolsOf({ [terms.initialModel]: broken, [BASE]: broken, update: 0.5 });
      const [other] = await scores(roundOf([{ index: 0, update: "update" }]), of.tools);
      expect(decodeScore(other!.score)).to.deep.equal({
        ...{ omegaPpb: 2_000_000_000, thetaPpb: broken === Number.POSITIVE_INFINITY ? 1 : 1_000_000_000 },
        rounds: 1,
      });
    }
  });

  it("go on with what was attested: ω stays, θ is the mean over the rounds that took an update", async () => {
    const before = [0, 1].map((index) => ({
      ...{ chainId: 3n, index },
      score: encodeScore({ omegaPpb: 800_000_000, thetaPpb: 200_000_001, rounds: 2 }),
    }));
    const { tools, asked } = toolsOf({ ...first, good: 0.25 });
    const records = await scores(roundOf([{ index: 0, update: "good" }], before), tools);
    expect(records.map(({ score }) => decodeScore(score))).to.deep.equal([
      // (2 · 200000001 + 500000000) / 3 = 300000000.67
      { omegaPpb: 800_000_000, thetaPpb: 300_000_001, rounds: 3 },
      { omegaPpb: 800_000_000, thetaPpb: 200_000_001, rounds: 2 },
    ]);
    expect(asked.every(({ model }) => !("global" in model) || model.global === BASE)).to.equal(true);
  });

  it("score nobody when nobody's update was taken, and look at none that was not", async () => {
    const { tools, asked } = toolsOf({ ...first, good: 0.1 });
    expect(await scores(roundOf([{ index: 0, update: "good", accepted: false }]), tools)).to.deep.equal([]);
    expect(asked).to.deep.equal([]);
  });

  it("do not depend on reveals that nobody took: an auditor may see more of them than aggregators did", async () => {
    const attested = async (refused: string[]) => {
      const { tools } = toolsOf({ ...first, good: (sample) => (sample % 7) / 7 }, 30_000);
      const others = refused.map((update, i) => ({ index: 1 + i, update, accepted: false }));
      return scores(roundOf([{ index: 0, update: "good" }, ...others]), tools);
    };
    expect(await attested(["junk", "late"])).to.deep.equal(await attested([]));
  });

  it("are not moved by what happens in a minority of the folds", async () => {
    // A worker that knows a third of the samples by heart: one fold of three, whichever samples it holds.
    const folds = foldMeans(Float64Array.of(0.2, 0.8, 0.8, 0.2, 0.8, 0.8), 3);
    expect([...folds]).to.deep.equal([0.2, 0.8, 0.8]);
    expect(medianOf(folds)).to.equal(0.8);
    expect(medianOf(Float64Array.of(0.4, 0.1))).to.equal(0.25);
  });

  it("draw samples by all that was revealed, so that nobody can train for them", async () => {
    const drawn = async (updates: string[]) => {
      const { tools, asked } = toolsOf({ ...first, a: 0.4, b: 0.4, c: 0.4 }, 30_000);
      await scores(roundOf(updates.map((update, index) => ({ index, update }))), tools);
      return asked.find(({ model }) => "global" in model && model.global === BASE)!.samples;
    };
    const [one, same, other] = [await drawn(["a", "b"]), await drawn(["a", "b"]), await drawn(["a", "c"])];
    expect(one).to.deep.equal(same);
    expect(one).to.not.deep.equal(other);
    expect(new Set(one).size).to.equal(one.length);
  });

  const omegasOf = (records: readonly { score: string }[]) =>
    records.map(({ score }) => decodeScore(score).omegaPpb);

  it("measure ω on a worker's own first batch, and θ and who keeps its data to itself on held-out samples", async () => {
    const { initialModel } = terms;
    const losses = { ...first, [`own ${initialModel}`]: 1.25, [`other ${initialModel}`]: 0.5, up: 0.25 };
    const { tools, asked } = toolsOf(losses, 300, { own: 40, other: 7 });
    const records = await scores(
      roundOf([
        { index: 0, update: "up", firstBatch: "own" },
        { index: 1, update: "up", firstBatch: "other" },
        { index: 2, update: "up" },
        { index: 3, update: "up" },
      ]),
      tools,
    );
    expect(omegasOf(records)).to.deep.equal([1_250_000_000, 500_000_000, 900_000_000, 900_000_000]);
    expect(records.map(({ score }) => decodeScore(score).thetaPpb)).to.deep.equal(Array(4).fill(500_000_000));
    // Batches are looked at for ω alone, whole where there is time, and the held-out samples once for all.
    const initial = asked.filter(({ model }) => "global" in model && model.global === initialModel);
    expect(initial.map(({ batch, samples }) => [batch, samples.length])).to.deep.equal([
      ["own", 40],
      ["other", 7],
      [undefined, 300],
    ]);
    expect(asked.filter(({ batch }) => batch !== undefined)).to.have.length(2);
  });

  it("keep ω as it was measured first, whatever batch there is later, and measure it of who comes later", async () => {
    const { initialModel } = terms;
    const before = [
      {
        ...{ chainId: 3n, index: 0 },
        score: encodeScore({ omegaPpb: 700_000_000, thetaPpb: 500_000_000, rounds: 1 }),
      },
    ];
    const losses = { ...first, [`own ${initialModel}`]: 1.25, up: 0.25 };
    const { tools, asked } = toolsOf(losses, 300, { own: 40 });
    const updates = [0, 1].map((index) => ({ index, update: "up", firstBatch: "own" }));
    expect(omegasOf(await scores(roundOf(updates, before), tools))).to.deep.equal([
      700_000_000, 1_250_000_000,
    ]);
    expect(asked.filter(({ batch }) => batch === "own")).to.have.length(1);
  });

  it("find nothing to learn in a batch that is none, and go on with the others", async () => {
    const { tools, asked } = toolsOf({ ...first, up: 0.25 }, 300, { garbage: 0 });
    const records = await scores(
      roundOf([
        { index: 0, update: "up", firstBatch: "garbage" },
        { index: 1, update: "up" },
      ]),
      tools,
    );
    expect(omegasOf(records)).to.deep.equal([0, 900_000_000]);
    expect(asked.every(({ batch }) => batch === undefined)).to.equal(true);
  });

  it("give a batch that takes the model beyond all numbers no more than a certain mistake", async () => {
    const lies = { ...first, [`lies ${terms.initialModel}`]: Number.NaN, up: 0.25 };
    const { tools } = toolsOf(lies, 300, { lies: 10 });
    const records = await scores(roundOf([{ index: 0, update: "up", firstBatch: "lies" }]), tools);
    expect(omegasOf(records)).to.deep.equal([2_000_000_000]);
  });

  it("look at samples of a batch in an order that nobody knew who put it together", async () => {
    const drawn = async (updates: string[]) => {
      const losses = { ...first, [`own ${terms.initialModel}`]: 1, a: 0.4, b: 0.4, c: 0.4 };
      const { tools, asked } = toolsOf(losses, 300, { own: 30_000 });
      const sent = updates.map((update, index) => ({ index, update, firstBatch: "own" }));
      await scores(roundOf(sent), tools);
      const looks = asked.filter(({ batch }) => batch === "own").map(({ samples }) => samples);
      const total = looks.reduce((sum, { length }) => sum + length, 0);
      expect(total <= MOST_EVALUATIONS, String(total)).to.equal(true);
      return looks[0];
    };
    expect(await drawn(["a", "b"])).to.deep.equal(await drawn(["a", "b"]));
    expect(await drawn(["a", "b"])).to.not.deep.equal(await drawn(["a", "c"]));
  });

  it("look at no more samples than aggregators have time for", () => {
    for (const aggregators of [1, 3, 32]) {
      for (const models of [2, 11, 101, 1001, 5000]) {
        const folds = foldCount(1_000_000, aggregators, models);
        const count = sampleCount(1_000_000, folds, models);
        expect(count * models <= MOST_EVALUATIONS, `${aggregators}, ${models}`).to.equal(true);
        expect(count >= 4 * folds && folds >= 1).to.equal(true);
      }
    }
    // Of the most workers that offers can have, a fold of the least size each.
    expect([foldCount(1_000_000, 32, 8193), sampleCount(1_000_000, 1, 8193)]).to.deep.equal([1, 4]);
    expect(foldCount(300, 3, 2)).to.equal(3);
    expect(sampleCount(100, 3, 2)).to.equal(100);
  });
});
