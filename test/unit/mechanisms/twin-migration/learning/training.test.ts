import { createHash } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import type { Engine } from "../../../../../learning/engine/Engine.ts";
import { startEngine } from "../../../../../learning/engine/startEngine.ts";
import { encodeCheckpoint, restoreCheckpoint } from "../../../../../learning/reinforcement/checkpoint.ts";
import { EXPLORATION, explorationIn } from "../../../../../learning/reinforcement/exploration.ts";
import { evaluatePolicy } from "../../../../../mechanisms/twin-migration/learning/evaluatePolicy.ts";
import {
  LEARNER_NAMES,
  policyOptions,
} from "../../../../../mechanisms/twin-migration/learning/PolicyOptions.ts";
import { trainPolicy } from "../../../../../mechanisms/twin-migration/learning/PolicyTraining.ts";
import { decodePolicy, encodePolicy } from "../../../../../mechanisms/twin-migration/learning/policyFile.ts";
import { explorationAt } from "../../../../../mechanisms/twin-migration/mathematics/networks/schedules.ts";
import { DEFAULT_PARAMETERS } from "../../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../../../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import { TUNED_RULE } from "../../../../../mechanisms/twin-migration/mathematics/rules/rules.ts";
import { deepOnly } from "../../../../tier.ts";
import { thrown } from "../../../thrown.ts";
import { smallTraining } from "./smallTraining.ts";

describe("Twin migration: training", function () {
  this.timeout(60_000);
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  const subject = (name: string) => ({ name, options: {} });
  const digestOf = (training: ReturnType<typeof smallTraining>) =>
    createHash("sha256")
      .update(encodeCheckpoint(training, subject("test")))
      .digest("hex")
      .slice(0, 16);

  for (const learner of LEARNER_NAMES) {
    it(`${learner} comes to the same bits in WebAssembly and natively`, async () => {
      const digests = await Promise.all(
        (["off", "auto"] as const).map(async (native) => {
          const worker = new Worker(new URL("learnerThread.ts", import.meta.url), {
            workerData: { engine: { numericClass: "strict", native }, learner },
          });
          const [digest] = await once(worker, "message");
          return digest as string;
        }),
      );
      expect(new Set(digests).size).to.equal(1);
    });

    it(`${learner} goes on from a checkpoint bit for bit, buffer and best policy included`, () => {
      const whole = smallTraining(engine, learner);
      const first = smallTraining(engine, learner);
      while (whole.learner.episode < 10) {
        whole.next();
        first.next();
      }
      const bytes = encodeCheckpoint(first, subject(learner));
      const second = smallTraining(engine, learner);
      restoreCheckpoint(second, bytes, subject(learner));
      for (const training of [whole, second]) while (!training.done) training.next();
      expect(digestOf(second)).to.equal(digestOf(whole));
      expect(digestOf(second)).not.to.equal(digestOf(first));
      const other = thrown(() => restoreCheckpoint(second, bytes, subject("other")));
      expect(other).to.include({ code: "CHECKPOINT_OTHER" });
      for (const training of [whole, first, second]) training.dispose();
    });
  }

  it("comes to other bits for another seed, and for every option that is another", () => {
    const digests = [
      {},
      { seed: 4 },
      { warm: true },
      { messages: false },
      { manyHeads: false },
      { parameters: { episodeSteps: 12, game: false } },
    ].map((given) => {
      const training = smallTraining(engine, "mo-maddpg", given);
      while (!training.done) training.next();
      const digest = digestOf(training);
      training.dispose();
      return digest;
    });
    expect(new Set(digests).size).to.equal(digests.length);
  });

  deepOnly("learns: after 24 short episodes it earns more than before, on seeds it never saw", async () => {
    const size = { vehicles: 8, edges: 4, clouds: 2 };
    const options = policyOptions({ seed: 1, episodes: 24, size });
    const trained = trainPolicy(engine, options);
    const world = gridWorld(size, DEFAULT_PARAMETERS);
    const seeds = [9400, 9401, 9402, 9403];
    const rewardOf = (who: Parameters<typeof evaluatePolicy>[1]) =>
      evaluatePolicy(engine, who, world, seeds).means.reward;
    expect(rewardOf(trained)).to.be.above(rewardOf({ ...TUNED_RULE, name: "random" }) + 8);
  });

  it("writes a policy that does the same from its file, and at another size", () => {
    const training = smallTraining(engine, "mo-maddpg");
    while (!training.done) training.next();
    const policy = training.best!;
    const read = decodePolicy(encodePolicy(policy));
    expect(read.options).to.deep.equal(policy.options);
    const world = gridWorld({ vehicles: 9, edges: 6, clouds: 3 }, DEFAULT_PARAMETERS);
    const [once, again] = [policy, read].map((who) => evaluatePolicy(engine, who, world, [1, 2]));
    expect(again).to.deep.equal(once);
    expect(thrown(() => decodePolicy(encodeCheckpoint(training, subject("x"))))).to.include({
      code: "POLICY_FORMAT",
    });
    training.dispose();
  });

  it("tries out as much as the reading says", () => {
    for (const [episode, episodes, warm] of [
      [0, 60, false],
      [13, 60, false],
      [59, 60, false],
      [40, 160, true],
    ] as const) {
      const { random, continuous, gumbel } = explorationAt(episode, episodes, warm);
      expect(explorationIn(EXPLORATION, episode, episodes, warm)).to.deep.equal({
        random,
        levels: continuous,
        gumbel,
      });
    }
  });

  it("tries rules as the benchmark does", () => {
    const world = gridWorld({ vehicles: 20, edges: 4, clouds: 2 }, DEFAULT_PARAMETERS);
    const { means } = evaluatePolicy(engine, TUNED_RULE, world);
    expect(means.reward).to.be.closeTo(27.625808106882545, 1e-9);
    expect(means.rewardError).to.be.closeTo(0.14406816098682074, 1e-9);
    expect(means.successRate).to.be.closeTo(0.9501017395332264, 1e-9);
    const { objectiveWeights, episodeSteps } = DEFAULT_PARAMETERS;
    const weighted = means.components.reduce((sum, value, k) => sum + objectiveWeights[k]! * value, 0);
    expect(weighted * episodeSteps).to.be.closeTo(means.reward, 1e-9);
  });
});
