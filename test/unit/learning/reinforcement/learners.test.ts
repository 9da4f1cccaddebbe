import { createHash } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { encodeCheckpoint, restoreCheckpoint } from "../../../../learning/reinforcement/checkpoint.ts";
import { VectorEnvironment } from "../../../../learning/reinforcement/environments/VectorEnvironment.ts";
import { Mappo } from "../../../../learning/reinforcement/learners/mappo.ts";
import { Mddr } from "../../../../learning/reinforcement/learners/mddr.ts";
import type { PpoTeam, PpoTeamOptions } from "../../../../learning/reinforcement/learners/PpoTeam.ts";
import { thrown } from "../../thrown.ts";
import { ContextGame } from "./ContextGame.ts";
import { DelayedGame, TARGET } from "./DelayedGame.ts";

const LEARNERS = { mddr: Mddr, mappo: Mappo } as const;

describe("learners", function () {
  this.timeout(60_000);
  let engine: Engine;
  const made: PpoTeam[] = [];

  before(async () => {
    engine = await startEngine();
  });
  after(() => {
    for (const learner of made) learner.dispose();
  });

  const make = (name: keyof typeof LEARNERS, options: PpoTeamOptions = { seed: 1 }) => {
    const environments = Array.from({ length: 16 }, () => new ContextGame());
    const learner = new LEARNERS[name](engine, environments, options);
    made.push(learner);
    return learner;
  };
  const subject = (name: string) => ({ name, options: {} });
  const digestOf = (learner: PpoTeam) =>
    createHash("sha256")
      .update(encodeCheckpoint(learner, subject("test")))
      .digest("hex");

  for (const name of ["mddr", "mappo"] as const) {
    describe(name, () => {
      it("finds the best action for what each agent sees", () => {
        const learner = make(name);
        while (learner.steps < 20_000) learner.learn();
        const held = new VectorEnvironment([new ContextGame()], 99);
        let worst = 1;
        for (let step = 0; step < 100; step++) {
          learner.actWithoutNoise(held);
          held.step();
          for (const { rewards } of held.agents) worst = Math.min(worst, rewards[0]!);
        }
        // The best constant action earns 1 − 2/192 on average, and 0.969 at worst.
        expect(worst).to.be.greaterThan(0.995);
      });

      it("comes to the same bits for a seed, and to others for another", () => {
        const digests = [1, 1, 2].map((seed) => {
          const learner = make(name, { seed });
          for (let update = 0; update < 3; update++) learner.learn();
          return digestOf(learner);
        });
        expect(digests[0]).to.equal(digests[1]);
        expect(digests[0]).not.to.equal(digests[2]);
      });

      it("goes on from a checkpoint as without a break", () => {
        const unbroken = make(name);
        for (let update = 0; update < 6; update++) unbroken.learn();
        const first = make(name);
        for (let update = 0; update < 3; update++) first.learn();
        const bytes = encodeCheckpoint(first, subject(name));
        const second = make(name);
        second.learn();
        restoreCheckpoint(second, bytes, subject(name));
        for (let update = 0; update < 3; update++) second.learn();
        expect(second.steps).to.equal(unbroken.steps);
        expect(digestOf(second)).to.equal(digestOf(unbroken));
      });

      it("refuses the checkpoint of another learner", () => {
        const learner = make(name);
        const bytes = encodeCheckpoint(learner, subject(name));
        const elsewhere = thrown(() => restoreCheckpoint(learner, bytes, subject("other")));
        expect(elsewhere.code).to.equal("CHECKPOINT_OTHER");
        const larger = make(name, { seed: 1, config: { hidden: [8] } });
        expect(thrown(() => restoreCheckpoint(larger, bytes, subject(name))).code).to.equal(
          "CHECKPOINT_OTHER",
        );
      });
    });
  }

  for (const terminates of [true, false]) {
    it(`learn what pays a step later, in episodes that ${terminates ? "end" : "are cut off"}`, () => {
      const foundWith = (discount: number) => {
        const games = Array.from({ length: 16 }, () => new DelayedGame({ length: 8, terminates }));
        const learner = new Mddr(engine, games, { seed: 2, config: { discount } });
        made.push(learner);
        while (learner.steps < 12_000) learner.learn();
        const held = new VectorEnvironment([new DelayedGame({ length: 8, terminates })], 3);
        learner.actWithoutNoise(held);
        return held.agents[0]!.actions[0]!;
      };
      expect(foundWith(0.9)).to.be.closeTo(TARGET, 0.05);
      expect(foundWith(0)).to.be.lessThan(TARGET - 0.1);
    });
  }

  it("refuse a buffer that environments or minibatches do not fill", () => {
    for (const config of [{ bufferSize: 250 }, { minibatchSize: 100 }]) {
      expect(thrown(() => make("mddr", { seed: 1, config })).code).to.equal("LEARNER_BUFFER");
    }
  });

  it("come to the same bits in WebAssembly and in native code", async () => {
    const digests = await Promise.all(
      (["off", "auto"] as const).map(async (native) => {
        const thread = new Worker(new URL("./learnerDigestThread.ts", import.meta.url), {
          workerData: { numericClass: "strict", native },
        });
        return (await once(thread, "message"))[0];
      }),
    );
    expect(digests).to.deep.equal(Array.from({ length: 2 }, () => "fc2155c23836420f"));
  });
});
