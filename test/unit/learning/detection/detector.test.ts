import { expect } from "chai";
import { sceneWindows } from "../../../../learning/datasets/sceneWindows.ts";
import { selectSamples } from "../../../../learning/datasets/selectSamples.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { initialParameters } from "../../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../../learning/models/ModelSpec.ts";
import { modelDataMismatch } from "../../../../learning/models/modelDataMismatch.ts";
import { evaluateModel } from "../../../../learning/training/evaluateModel.ts";
import { evaluateSamples } from "../../../../learning/training/evaluateSamples.ts";
import { summarizeEvaluation } from "../../../../learning/training/summarizeEvaluation.ts";
import { trainLocally } from "../../../../learning/training/trainLocally.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { realScenes } from "./realScenes.ts";

const spec: ModelSpec = { kind: "detector", input: [96, 96, 3], categories: 4, width: 8, blocks: [0, 1] };

describe("detector", () => {
  it("takes images of any size that its cells divide, with boxes of its categories, and no other", () => {
    const fits = { sampleShape: [400, 680, 3], classes: 5, hasBoxes: true };
    expect(modelDataMismatch(spec, fits)).to.equal(undefined);
    expect(modelDataMismatch(spec, { ...fits, hasBoxes: false })).to.match(/no boxes/);
    expect(modelDataMismatch(spec, { ...fits, classes: 4 })).to.match(/boxes of 3/);
    expect(modelDataMismatch(spec, { ...fits, sampleShape: [96, 96, 1] })).to.match(/\[96,96,3\]/);
    expect(modelDataMismatch(spec, { ...fits, sampleShape: [404, 680, 3] })).to.match(/multiples of 8/);
  });

  it("learns to find signs in a few real scenes", async function () {
    const { train: scenes } = await realScenes(this, { most: 12, trainScenes: 10 });
    const engine = await startEngine();
    const options = { size: 96, aroundObjects: 4, anywhere: 1, sides: [88, 104] } as const;
    const windows = sceneWindows(scenes, options, new SeededRandom(1, "windows"));
    const before = initialParameters(spec, new SeededRandom(1, "model"));
    const train = () =>
      trainLocally(engine, {
        spec,
        parameters: before,
        dataset: windows,
        training: { epochs: 10, batchSize: 8, learningRate: 0.004, optimizer: "adam" },
        random: new SeededRandom(1, "training"),
      });
    const { parameters, epochLosses } = train();
    expect(epochLosses.at(-1)).to.be.below(epochLosses[0]! / 3);
    // Of windows that it learned from most signs are found; a fresh model finds none of them.
    const score = (of: typeof parameters) =>
      evaluateModel(engine, { spec, parameters: of, dataset: windows });
    expect(score(before).score).to.be.below(0.1);
    const found = score(parameters);
    expect(found.score).to.be.above(0.6);
    expect(found.score).to.equal(found.metrics.map50);
    expect(found.scorePpb).to.equal(Math.floor(found.score * 1e9));
    // On whole scenes, in parts or at once, the same figures.
    const part = (rows: number[]) =>
      evaluateSamples(engine, { spec, parameters, dataset: selectSamples(scenes, rows) });
    const rows = Array.from(scenes.labels, (_, row) => row);
    const whole = summarizeEvaluation([part(rows)]);
    expect(summarizeEvaluation([part(rows.slice(0, 3)), part(rows.slice(3))])).to.deep.equal(whole);
    expect(whole.samples).to.equal(rows.length);
  });

  it("has no score where nothing is to be found", async () => {
    const engine = await startEngine();
    const empty = {
      features: new Uint8Array(32 * 32 * 3),
      sampleShape: [32, 32, 3],
      scale: 1 / 255,
      labels: Uint8Array.of(4),
      classes: 5,
      boxes: new Float32Array(5).fill(-1),
    };
    const parameters = initialParameters(spec, new SeededRandom(1, "model"));
    expect(() => evaluateModel(engine, { spec, parameters, dataset: empty }))
      .to.throw(BaseError)
      .with.property("code", "NOTHING_TO_SCORE");
  });
});
