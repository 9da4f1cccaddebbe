import { expect } from "chai";
import { sceneWindows } from "../../../../learning/datasets/sceneWindows.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { initialParameters } from "../../../../learning/models/initialParameters.ts";
import { evaluateModel } from "../../../../learning/training/evaluateModel.ts";
import { trainLocally } from "../../../../learning/training/trainLocally.ts";
import {
  HALF_TRAIN_SCENES,
  SIGN_DETECTOR,
  SIGN_TRAINING,
  SIGN_WINDOWS,
} from "../../../../mechanisms/model-trading/experiments/trainDetector.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { realScenes } from "./realScenes.ts";

/** Passes over fresh windows; docs/models.md has a longer training. */
const PASSES = 8;

describe("detector (deep)", () => {
  it("comes to a mAP@50 of 0.5 on whole real scenes that it did not learn from", async function () {
    this.timeout(900_000);
    const { train, test } = await realScenes(this, { most: 900, trainScenes: HALF_TRAIN_SCENES });
    const engine = await startEngine();
    let parameters = initialParameters(SIGN_DETECTOR, new SeededRandom(1, "model"));
    for (let pass = 0; pass < PASSES; pass++) {
      const dataset = sceneWindows(train, SIGN_WINDOWS, new SeededRandom(1, "windows", pass));
      const random = new SeededRandom(1, "training", pass);
      // The last passes settle.
      const learningRate = SIGN_TRAINING.learningRate * (pass < PASSES - 2 ? 1 : 0.25);
      const training = { ...SIGN_TRAINING, learningRate };
      ({ parameters } = trainLocally(engine, { spec: SIGN_DETECTOR, parameters, dataset, training, random }));
    }
    const { score, metrics, samples } = evaluateModel(engine, {
      spec: SIGN_DETECTOR,
      parameters,
      dataset: test,
    });
    expect(samples).to.equal(65);
    expect(score, `mAP ${metrics.map}`).to.be.at.least(0.5);
  });
});
