import { Resvg } from "@resvg/resvg-js";
import { expect } from "chai";
import { MigrationEnvironment } from "../../../../mechanisms/twin-migration/environment/MigrationEnvironment.ts";
import {
  CANDIDATE_NAMES,
  PAIR_SPACE,
  REWARD_NAMES,
} from "../../../../mechanisms/twin-migration/environment/spaces.ts";
import { GridMobility } from "../../../../mechanisms/twin-migration/mathematics/mobility/GridMobility.ts";
import { DEFAULT_PARAMETERS } from "../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import { Rule, TUNED_RULE } from "../../../../mechanisms/twin-migration/mathematics/rules/rules.ts";
import { CANDIDATES } from "../../../../mechanisms/twin-migration/mathematics/world/Observer.ts";

const SIZE = { vehicles: 8, edges: 4, clouds: 2 };

function environmentOf(parameters = DEFAULT_PARAMETERS): MigrationEnvironment {
  return new MigrationEnvironment(
    new GridMobility(SIZE.vehicles, SIZE.edges, SIZE.clouds, parameters),
    parameters,
  );
}

/** Every agent takes its last valid candidate and the middle of everything else. */
function choose(environment: MigrationEnvironment, observations: ReturnType<MigrationEnvironment["reset"]>) {
  return Object.fromEntries(
    environment.agents.map((agent) => {
      const space = environment.actionSpace(agent);
      const action = new Float64Array(space.length).fill(0.5);
      if (space[0]!.name === "candidate") action[0] = observations[agent]!.actionMask.lastIndexOf(1);
      return [agent, action];
    }),
  );
}

describe("Twin migration: MigrationEnvironment", () => {
  it("names its agents, and the spaces fit what they get", () => {
    const environment = environmentOf();
    const observations = environment.reset(3);
    expect(environment.agents).to.have.length(14);
    expect(environment.agents[0]).to.equal("vehicle-1");
    expect(environment.agents[8]).to.equal("edge-1");
    expect(environment.agents[13]).to.equal("cloud-2");
    for (const agent of environment.agents) {
      const { features, pairs, actionMask } = observations[agent]!;
      const space = environment.observationSpace(agent);
      expect(features).to.have.length(space.length);
      for (const [i, { name, low, high }] of space.entries()) {
        expect(features[i], `${agent} ${name}`).to.be.within(low, high);
      }
      const vehicle = agent.startsWith("vehicle");
      expect(pairs).to.have.length(vehicle ? CANDIDATE_NAMES.length * PAIR_SPACE.length : 0);
      expect(actionMask).to.have.length(vehicle ? CANDIDATE_NAMES.length : 0);
      if (vehicle) expect(actionMask[0]).to.equal(1);
    }
    expect(environment.state()).to.have.length(environment.stateSize);
  });

  it("keeps what agents observe within the named bounds throughout an episode", () => {
    const environment = environmentOf();
    let observations = environment.reset(5);
    for (let t = 0; t < 60; t++) {
      ({ observations } = environment.step(choose(environment, observations)));
      for (const agent of environment.agents) {
        const { features, pairs } = observations[agent]!;
        const check = (values: Float64Array, space: ReturnType<typeof environment.observationSpace>) => {
          for (let i = 0; i < values.length; i++) {
            const { name, low, high } = space[i % space.length]!;
            if (values[i]! < low - 1e-9 || values[i]! > high + 1e-9) {
              expect.fail(`step ${t}, ${agent}, ${name} is ${values[i]}, not from ${low} to ${high}`);
            }
          }
        };
        check(features, environment.observationSpace(agent));
        check(pairs, PAIR_SPACE);
      }
    }
  });

  it("steps as the world does, rewards every agent five times, and is cut off after T steps", () => {
    const parameters = { ...DEFAULT_PARAMETERS, episodeSteps: 12 };
    const environment = environmentOf(parameters);
    const world = gridWorld(SIZE, parameters);
    const rule = new Rule({ ...TUNED_RULE, name: "random" }, SIZE.vehicles, SIZE.edges + SIZE.clouds);
    environment.reset(9);
    world.reset(9);
    for (let t = 1; t <= 12; t++) {
      const { targets, quality, servers } = rule.act(world);
      const candidateOf = (v: number) =>
        world.observer.candidates.subarray(v * CANDIDATES, (v + 1) * CANDIDATES).indexOf(targets[v]!);
      const actions = Object.fromEntries(
        environment.agents.map((agent, n) => {
          if (n < SIZE.vehicles) return [agent, Float64Array.of(candidateOf(n), quality[n]!)];
          const m = n - SIZE.vehicles;
          const [clock, share, admission] = [servers[3 * m]!, servers[3 * m + 1]!, servers[3 * m + 2]!];
          return [
            agent,
            m < SIZE.edges ? Float64Array.of(clock, share, admission) : Float64Array.of(clock, admission),
          ];
        }),
      );
      const { rewards, terminations, truncations } = environment.step(actions);
      world.step({ targets, quality, servers });
      expect(environment.objective).to.equal(world.objective);
      for (const agent of environment.agents) {
        expect(rewards[agent]).to.have.length(REWARD_NAMES.length);
        expect(terminations[agent]).to.equal(false);
        expect(truncations[agent]).to.equal(t === 12);
      }
    }
  });

  it("goes on from a snapshot bit for bit", () => {
    const environment = environmentOf();
    const run = (from: ReturnType<MigrationEnvironment["reset"]>, steps: number) => {
      let observations = from;
      for (let t = 0; t < steps; t++)
        ({ observations } = environment.step(choose(environment, observations)));
      return { observations, seen: [...environment.state(), environment.objective] };
    };
    const { observations } = run(environment.reset(4), 10);
    const kept = environment.snapshot();
    const state = [...environment.state()];
    const { seen } = run(observations, 20);
    run(environment.reset(5), 7);
    environment.restore(kept);
    expect([...environment.state()]).to.deep.equal(state);
    expect(run(observations, 20).seen).to.deep.equal(seen);
  });

  it("draws a map that can be looked at", () => {
    const environment = environmentOf();
    const observations = environment.reset(4);
    environment.step(choose(environment, observations));
    const svg = environment.render();
    expect(svg.match(/<path /g)).to.have.length(SIZE.vehicles);
    expect(svg.match(/<circle [^>]*fill-opacity/g)).to.have.length(SIZE.edges);
    const { width, height } = new Resvg(svg).render();
    expect(width).to.equal(800);
    expect(height).to.be.above(500);
  });
});
