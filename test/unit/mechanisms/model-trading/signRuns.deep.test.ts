import { expect } from "chai";
import { figureLaboratory } from "../../../../experiments/learning/figureLaboratory.ts";
import { signGame, windowsOf } from "../../../../mechanisms/model-trading/experiments/signGame.ts";
import {
  type DetectorScores,
  HALF_TRAIN_SCENES,
  trainDetector,
} from "../../../../mechanisms/model-trading/experiments/trainDetector.ts";
import { FederationPool } from "../../../../simulation/federated/FederationPool.ts";
import { realScenes } from "../../learning/detection/realScenes.ts";
import { documented } from "./recordedTrainings.ts";

/** Of the recorded ones; all take some seven minutes of a processor. */
const ROUNDS = 4;

describe("the recorded trainings of traffic signs (deep)", () => {
  it("are given again, to the bit", async function () {
    this.timeout(900_000);
    const data = await realScenes(this, { most: 900, trainScenes: HALF_TRAIN_SCENES });
    const { runs, seeds } = documented("fig10-signs").parameters as unknown as {
      runs: DetectorScores[];
      seeds: number[];
    };
    const pool = new FederationPool({ threads: 2 });
    try {
      const game = signGame();
      const laboratory = figureLaboratory({ pool: () => pool, load: async () => data, progress: () => {} });
      const found = await trainDetector(laboratory, {
        shares: Array.from(game.dataRate),
        mostWindows: (user) => windowsOf(game, user),
        rounds: ROUNDS,
        seed: seeds[0]!,
        weights: "equal",
      });
      expect(found.map50).to.deep.equal(runs[0]!.map50.slice(0, ROUNDS + 1));
      expect(found.map).to.deep.equal(runs[0]!.map.slice(0, ROUNDS + 1));
    } finally {
      await pool.close();
    }
  });
});
