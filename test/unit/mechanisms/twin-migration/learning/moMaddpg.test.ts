import { expect } from "chai";
import type { Engine } from "../../../../../learning/engine/Engine.ts";
import { startEngine } from "../../../../../learning/engine/startEngine.ts";
import { emptyAction } from "../../../../../learning/reinforcement/environments/GraphEnvironment.ts";
import { MoMaddpg } from "../../../../../learning/reinforcement/learners/moMaddpg.ts";
import { MigrationGraph } from "../../../../../mechanisms/twin-migration/learning/MigrationGraph.ts";
import {
  drawAt,
  drawKey,
  STREAMS,
} from "../../../../../mechanisms/twin-migration/mathematics/counterDraws.ts";
import { act, drawActor } from "../../../../../mechanisms/twin-migration/mathematics/networks/actor.ts";
import { drawCritic } from "../../../../../mechanisms/twin-migration/mathematics/networks/critic.ts";
import {
  observe,
  oneHot,
} from "../../../../../mechanisms/twin-migration/mathematics/networks/Observation.ts";
import { Tape } from "../../../../../mechanisms/twin-migration/mathematics/networks/Tape.ts";
import { updateOnce } from "../../../../../mechanisms/twin-migration/mathematics/networks/update.ts";
import { DEFAULT_PARAMETERS } from "../../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../../../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import { Rule, TUNED_RULE } from "../../../../../mechanisms/twin-migration/mathematics/rules/rules.ts";
import { portableLog } from "../../../../../numerics/portableLog.ts";
import { ACTOR_NAMES, CRITIC_NAMES, setWeights } from "./referenceWeights.ts";

const TOLERANCE = 1e-5;

describe("MO-MADDPG against the float64 reference", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  const close = (found: number, expected: number, what: string) =>
    expect(Math.abs(found - expected), `${what}: ${found}, not ${expected}`).to.be.at.most(
      TOLERANCE * Math.max(1, Math.abs(expected)),
    );

  for (const { sizes, width, messages } of [
    { sizes: { vehicles: 4, edges: 2, clouds: 1 }, width: 4, messages: true },
    { sizes: { vehicles: 3, edges: 2, clouds: 2 }, width: 8, messages: false },
    { sizes: { vehicles: 20, edges: 4, clouds: 2 }, width: 64, messages: true },
    { sizes: { vehicles: 7, edges: 6, clouds: 3 }, width: 16, messages: true },
  ]) {
    const { vehicles: V, edges, clouds } = sizes;
    const name = `${V}/${edges}/${clouds}, width ${width}${messages ? "" : ", no messages"}`;
    it(`has its losses, gradients and updates: ${name}`, () => {
      const world = gridWorld(sizes, DEFAULT_PARAMETERS);
      const M = edges + clouds;
      const graph = new MigrationGraph(world);
      const learner = new MoMaddpg(engine, graph, {
        seed: 1,
        episodes: 1,
        episodeSeed: () => 0,
        config: { width, messages, batchSize: 1, actorRate: 0.02, criticRate: 0.01 },
      });
      const actor = drawActor(width, 1, { warm: false });
      const critic = drawCritic(width, 2);
      setWeights(learner.actor, ACTOR_NAMES, actor);
      setWeights(learner.critic, CRITIC_NAMES, critic);
      learner.matchTargets();
      world.reset(71);
      const rule = new Rule({ ...TUNED_RULE, name: "random" }, V, M);
      for (let step = 0; step < 5; step++) world.step(rule.act(world));

      const seen = observe(world, messages);
      const says = act(new Tape(), actor, seen);
      const action = emptyAction(graph.sizes);
      const key = drawKey(9, STREAMS.gumbel, 0);
      for (let v = 0; v < V; v++) {
        // Some move, to whom they can.
        for (let k = 0; k < 6; k++)
          if (drawAt(key, 6 * v + k) < 0.4 && seen.candidates[6 * v + k]! >= 0) action.chosen[v] = k;
        action.levels[v] = Math.fround(drawAt(key, 1000 + v));
      }
      for (let at = 0; at < 3 * M; at++) action.servers[at] = Math.fround(drawAt(key, 2000 + at));
      learner.buffer.see(graph);
      graph.step(action);
      learner.buffer.did(action, graph);
      learner.buffer.see(graph);

      const noise = drawKey(3, STREAMS.gumbel, 0);
      const draws = Float64Array.from(
        { length: 6 * V },
        (_, at) => -portableLog(-portableLog(drawAt(noise, at))),
      );
      const report = updateOnce(
        actor,
        critic,
        {
          seen,
          action: { weights: oneHot(action.chosen), quality: action.levels, servers: action.servers },
          vehicleRewards: world.rewards.slice(),
          serverRewards: world.serverRewards.slice(),
          next: observe(world, messages),
        },
        {
          gamma: 0.95,
          criticRate: 0.01,
          actorRate: 0.02,
          penalty: 1e-3,
          noiseSeed: 3,
          weights: DEFAULT_PARAMETERS.objectiveWeights,
        },
      );
      const places = Int32Array.of(0);
      const done = learner.improve(places, Int32Array.of(learner.buffer.width), draws);
      close(done.critic, report.criticLoss, "critic's loss");
      close(done.criticNorm, report.criticNorm, "norm of its gradient");
      close(done.actor, report.actorLoss, "actor's loss");
      close(done.actorNorm, report.actorNorm, "norm of its gradient");
      const after = learner.losses(places, draws);
      close(after.critic, report.criticLossAfter, "critic's loss afterwards");
      close(after.actor, report.actorLossAfter, "actor's loss afterwards");
      expect(says.logits.value).to.have.length(6 * V);
      learner.dispose();
    });
  }
});
