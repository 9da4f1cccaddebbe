import { expect } from "chai";

import { startEngine } from "../../../../../learning/engine/startEngine.ts";
import { decodeSafetensors } from "../../../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../../../learning/safetensors/encodeSafetensors.ts";
import { LEARNERS } from "../../../../../mechanisms/twin-migration/experiments/learnerSpecs.ts";
import { policyTrainer } from "../../../../../mechanisms/twin-migration/experiments/policyTrainer.ts";
import { GRID_HEAVIER } from "../../../../../mechanisms/twin-migration/experiments/scenarios.ts";
import { LEARNER_NAMES } from "../../../../../mechanisms/twin-migration/learning/PolicyOptions.ts";
import type { TrainedPolicy } from "../../../../../mechanisms/twin-migration/learning/PolicyTraining.ts";
import { decodePolicy, encodePolicy } from "../../../../../mechanisms/twin-migration/learning/policyFile.ts";
import { thrown } from "../../../thrown.ts";
import { smallTraining } from "./smallTraining.ts";

describe("policyFile", function () {
  this.timeout(60_000);
  const policies = new Map<string, TrainedPolicy>();
  before(async () => {
    const engine = await startEngine();
    for (const learner of LEARNER_NAMES) {
      const training = smallTraining(engine, learner, { episodes: 1 });
      training.next();
      policies.set(learner, training.best!);
      training.dispose();
    }
  });

  /** A policy's file with other metadata, or another actor. */
  const changed = (
    learner: string,
    metadata: Readonly<Record<string, string | undefined>>,
    actor?: (weights: Float32Array) => Float32Array | Float64Array | undefined,
  ) => {
    const { metadata: before, tensors } = decodeSafetensors(encodePolicy(policies.get(learner)!));
    const after = Object.entries({ ...before, ...metadata }).filter((entry) => entry[1] !== undefined);
    const weights = tensors.get("actor")!.data as Float32Array;
    const data = actor === undefined ? weights : actor(weights);
    return encodeSafetensors({
      metadata: Object.fromEntries(after) as Record<string, string>,
      tensors: new Map(data === undefined ? [] : [["actor", { shape: [data.length], data }] as const]),
    });
  };
  const options = (change: object) => ({
    options: JSON.stringify({ ...policies.get("mo-maddpg")!.options, ...change }),
  });

  for (const learner of LEARNER_NAMES) {
    it(`reads a policy of ${learner}, and none whose weights are too many or too few`, () => {
      expect(decodePolicy(changed(learner, {})).options).to.deep.equal(policies.get(learner)!.options);
      for (const actor of [
        (weights: Float32Array) => weights.slice(1),
        (weights: Float32Array) => Float32Array.from([...weights, 0]),
        (weights: Float32Array) => Float64Array.from(weights),
        () => undefined,
      ]) {
        const error = thrown(() => decodePolicy(changed(learner, {}, actor)));
        expect([error.code, String(error.details)].join()).to.match(/^POLICY_FORMAT,.*actor/);
      }
    });
  }

  it("says what is wrong with a file that does not say how it was learned", () => {
    for (const metadata of [
      { format: "freshet-learner/1" },
      { format: undefined, options: undefined },
      { options: undefined },
      { options: "{" },
      { episode: "one" },
      options({ learner: "dqn" }),
      options({ warm: undefined }),
      options({ parameters: { speed: 3 } }),
      options({ parameters: { episodeSteps: "12" } }),
    ]) {
      const error = thrown(() => decodePolicy(changed("mo-maddpg", metadata)));
      expect(error.code, JSON.stringify(metadata)).to.equal("POLICY_FORMAT");
    }
  });

  it("reads what experiments kept before policies' files had a name, and what they keep now", async () => {
    expect(decodePolicy(changed("mo-maddpg", { format: undefined })).episode).to.equal(1);
    const kept = await policyTrainer().train({
      ...{ spec: LEARNERS.noGame, seed: 1, episodes: 1, every: 20, onCheckpoint() {} },
      world: () => GRID_HEAVIER.world(false),
    });
    const { metadata } = decodeSafetensors(kept);
    expect(metadata.format).to.equal("freshet-migration-policy/1");
    // It is run where it was learned.
    const { parameters } = decodePolicy(kept).options;
    expect(parameters.game).to.equal(false);
    expect(parameters.greatestTaskCycles).to.be.above(1.6e9);
  });
});
