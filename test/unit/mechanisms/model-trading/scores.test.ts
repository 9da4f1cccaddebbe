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

/** Models whose loss on every sample is the same; all that is asked of them is taken down. */
function toolsOf(losses: Readonly<Record<string, number | ((sample: number) => number)>>, heldOut = 300) {
  const asked: { model: ScoredModel; samples: Uint32Array }[] = [];
  const tools: ScoringTools = {
    heldOut: async () => heldOut,
    async losses(model, samples) {
      asked.push({ model, samples });
      const loss = losses["global" in model ? model.global : model.update]!;
      return Float64Array.from(samples, (sample) => (typeof loss === "number" ? loss : loss(sample)));
    },
  };
  return { tools, asked };
}

function roundOf(
  updates: readonly { index: number; update: string; accepted?: boolean }[],
  before: ScoredRound["before"] = [],
): ScoredRound {
  return {
    ...{ task: 1n, round: 1, terms, mechanismTerms: "0x", base: BASE, before },
    revealed: updates.map(({ index, update, accepted = true }) => ({
      ...{ chainId: 3n, index, worker: `0x${index}`, update, samples: 10, accepted },
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
