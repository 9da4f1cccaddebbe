import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { startEngine } from "../../../../../learning/engine/startEngine.ts";
import { emptyAction } from "../../../../../learning/reinforcement/environments/GraphEnvironment.ts";
import {
  ImaginedWorld,
  type KnownMarket,
} from "../../../../../mechanisms/twin-migration/decision/ImaginedWorld.ts";
import { LearnedChooser } from "../../../../../mechanisms/twin-migration/decision/LearnedChooser.ts";
import { MigrationGraph } from "../../../../../mechanisms/twin-migration/learning/MigrationGraph.ts";
import { migrationPolicy } from "../../../../../mechanisms/twin-migration/learning/migrationLearner.ts";
import type { TrainedPolicy } from "../../../../../mechanisms/twin-migration/learning/PolicyTraining.ts";
import { encodePolicy } from "../../../../../mechanisms/twin-migration/learning/policyFile.ts";
import { DEFAULT_PARAMETERS } from "../../../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../../../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import {
  CANDIDATES,
  SERVER_FEATURES,
  VEHICLE_FEATURES,
} from "../../../../../mechanisms/twin-migration/mathematics/world/Observer.ts";
import type { World } from "../../../../../mechanisms/twin-migration/mathematics/world/World.ts";
import { twinMarket } from "../../../../../mechanisms/twin-migration/twinMarket.ts";
import { rejected } from "../../../thrown.ts";
import { smallTraining } from "../learning/smallTraining.ts";

const SIZE = { vehicles: 6, edges: 4, clouds: 2 };

/** What vehicle v can know of a world. */
function knownBy(world: World, v: number): KnownMarket {
  const twin = (u: number) => ({
    ...{ host: world.host[u]!, goingTo: world.goingTo[u]!, megabytes: world.megabytes[u]! },
  });
  const others = Array.from({ length: world.instance.vehicles }, (_, u) => u).filter((u) => u !== v);
  return {
    own: {
      ...twin(v),
      ...{ x: world.mobility.x[v]!, y: world.mobility.y[v]!, priority: world.priority[v] === 0 ? 0 : 1 },
      ...{ overdue: world.overdue[v]!, spoiled: world.failed[v] === 1 || world.rejected[v] === 1 },
    },
    others: others.map(twin),
    theta: Array.from(world.theta),
  };
}

describe("a vehicle that decides by a learned policy", function () {
  this.timeout(60_000);
  let trained: TrainedPolicy;
  before(async () => {
    const engine = await startEngine();
    const training = smallTraining(engine, "mo-maddpg", { episodes: 1, warm: true });
    training.next();
    trained = training.best!;
    training.dispose();
  });

  it("sees of its own and of what is public what the environment shows", () => {
    const world = gridWorld(SIZE, DEFAULT_PARAMETERS);
    world.reset(3);
    const own = 2;
    const imagined = new ImaginedWorld(SIZE.vehicles, world.instance.site, DEFAULT_PARAMETERS);
    const still = {
      targets: new Int32Array(SIZE.vehicles).fill(-1),
      quality: new Float64Array(SIZE.vehicles).fill(0.5),
      servers: new Float64Array(3 * world.instance.servers).fill(0.5),
    };
    for (let step = 0; step < 30; step++) {
      imagined.look(knownBy(world, own), world.steps, still);
      const { vehicles, servers, candidates } = world.observer;
      // Place, size, class, where the host is, a migration under way, how long it is out of coverage.
      for (const feature of [0, 1, 4, 6, 7, 8, 9, 11]) {
        expect(imagined.world.observer.vehicles[feature], `${step}: ${feature}`).closeTo(
          vehicles[own * VEHICLE_FEATURES + feature]!,
          1e-9,
        );
      }
      // Its speed, once it has been seen twice.
      if (step > 0) {
        const speed = (f: Float64Array, at: number) => Math.hypot(f[at + 2]!, f[at + 3]!);
        const due = speed(vehicles, own * VEHICLE_FEATURES);
        expect(speed(imagined.world.observer.vehicles, 0), `${step}`).closeTo(due, 0.35 * due + 0.01);
      }
      // Kinds and prices.
      for (let m = 0; m < world.instance.servers; m++) {
        for (const feature of [0, 7]) {
          const at = m * SERVER_FEATURES + feature;
          expect(imagined.world.observer.servers[at], `${step}: ${m}`).closeTo(servers[at]!, 1e-9);
        }
      }
      // The host, and the server that gives access.
      expect(imagined.candidates[0]).equal(candidates[own * CANDIDATES]);
      expect(imagined.world.access[0]).equal(world.access[own]);
      const targets = still.targets.slice();
      // Others move now and then, and so does it.
      if (step % 7 === 3) targets.fill(step % world.instance.servers);
      world.step({ ...still, targets });
    }
  });

  it("mostly chooses what the policy chooses that sees all", async () => {
    const engine = await startEngine();
    const world = gridWorld(SIZE, DEFAULT_PARAMETERS);
    const graph = new MigrationGraph(world);
    const policy = migrationPolicy(engine, graph, trained.options, trained.parameters);
    const action = emptyAction(graph.sizes);
    const { site } = world.instance;
    const choosers = await Promise.all(
      Array.from({ length: SIZE.vehicles }, () =>
        LearnedChooser.start(trained, { vehicles: SIZE.vehicles, site }),
      ),
    );
    const [chooser] = choosers as [LearnedChooser];
    expect(chooser.name).equal(`mo-maddpg, seed ${trained.options.seed}`);
    world.reset(4);
    let [same, moves, stays] = [0, 0, 0];
    for (let step = 0; step < 40; step++) {
      policy.act(graph, action);
      const actions = graph.worldActions(action);
      const targets = Int32Array.from({ length: SIZE.vehicles }, (_, v) => {
        choosers[v]!.look(knownBy(world, v), world.steps);
        const { server, what } = choosers[v]!.choose(() => true);
        const due = actions.targets[v]!;
        if (server === due) same++;
        if (due === world.host[v]) stays++;
        if (server === world.host[v]) expect(what).equal("to stay");
        else {
          moves++;
          expect(what).match(/server|cloud/);
        }
        return server;
      });
      world.step({ ...actions, targets });
    }
    policy.dispose();
    expect(moves).above(0);
    expect(same).above(0.9 * 40 * SIZE.vehicles);
    // Who never moves would do so less often.
    expect(same).above(stays);
    // What is closed is not chosen.
    expect(chooser.choose(() => false).server).equal(world.host[0]);
    for (const one of choosers) one.dispose();
  });

  describe("of a file", () => {
    let directory: string;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "freshet-policy-"));
    });
    after(() => rm(directory, { recursive: true, force: true }));

    it("refuses one that is not there, is no policy, or has another network", async () => {
      const file = join(directory, "policy.safetensors");
      const check = () => twinMarket.checkPolicy!(file);
      expect((await rejected(check())).code).equal("POLICY_MISSING");
      await writeFile(file, "nonsense");
      expect((await rejected(check())).code).match(/^SAFETENSORS_/);
      const actor = (trained.parameters.get("actor") as Float32Array).slice(1);
      await writeFile(file, encodePolicy({ ...trained, parameters: new Map([["actor", actor]]) }));
      expect((await rejected(check())).code).equal("POLICY_FORMAT");
      await writeFile(file, encodePolicy(trained));
      await check();
    });

    it("is nothing for who decides nothing by one", async () => {
      const setting = {
        site: {
          ...{ widthMetres: 1000, heightMetres: 500, neighbourMetres: 750 },
          ...{ edgeX: [250], edgeY: [250], cloudX: [500], cloudY: [250] },
        },
        vehicles: 1,
        servers: [
          {
            name: "edge 1",
            address: `0x${"1".repeat(40)}`,
            kind: "Edge",
            chain: "a",
            cloud: `0x${"2".repeat(40)}`,
          },
          { name: "cloud 1", address: `0x${"2".repeat(40)}`, kind: "Cloud", chain: "a" },
        ],
        ...{ startAtMs: 1, stepMs: 1000, steps: 3 },
      };
      const plan = { role: "keeper", name: "keeper", key: 1, seed: 1, setting };
      const place = { network: {} as never, directory, policy: join(directory, "policy.safetensors") };
      const error = await rejected(Promise.resolve(twinMarket.join(plan, place, {} as never)));
      expect(error.code).equal("OPTION_INVALID");
      expect(error.message).match(/A keeper decides nothing/);
    });
  });
});
