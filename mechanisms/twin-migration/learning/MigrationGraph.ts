import type {
  GraphAction,
  GraphEnvironment,
  GraphSizes,
} from "../../../learning/reinforcement/environments/GraphEnvironment.ts";
import type { WorldSize } from "../mathematics/rules/episodes.ts";
import {
  CANDIDATES,
  PAIR_FEATURES,
  SERVER_FEATURES,
  VEHICLE_FEATURES,
} from "../mathematics/world/Observer.ts";
import type { World } from "../mathematics/world/World.ts";
import { OBJECTIVES, type WorldActions } from "../mathematics/world/WorldState.ts";

/** Actions of a server: clock, access share, admission. */
const SERVER_LEVELS = 3;

/** How many there are of everything in a world of some size. */
export function graphSizes({ vehicles, edges, clouds }: WorldSize): GraphSizes {
  return {
    users: vehicles,
    serverTiers: [edges, clouds],
    candidates: CANDIDATES,
    userFeatures: VEHICLE_FEATURES,
    serverFeatures: SERVER_FEATURES,
    pairFeatures: PAIR_FEATURES,
    serverLevels: SERVER_LEVELS,
    objectives: OBJECTIVES,
  };
}

/** A world as a graph of users (vehicles) and servers (edges, then clouds), for learners. */
export class MigrationGraph implements GraphEnvironment {
  readonly world: World;
  readonly sizes: GraphSizes;
  readonly serverLinks: Uint8Array;
  readonly episodeSteps: number;
  readonly objectiveWeights: readonly number[];
  readonly #links: Uint8Array;
  readonly #targets: Int32Array;

  /** @param world - Becomes this object's. */
  constructor(world: World) {
    const { vehicles, edges, clouds, servers, adjacent, parameters } = world.instance;
    this.world = world;
    this.sizes = graphSizes({ vehicles, edges, clouds });
    this.serverLinks = adjacent;
    this.episodeSteps = parameters.episodeSteps;
    this.objectiveWeights = parameters.objectiveWeights;
    this.#links = new Uint8Array(vehicles * servers);
    this.#targets = new Int32Array(vehicles);
  }

  get users(): Float64Array {
    return this.world.observer.vehicles;
  }

  get servers(): Float64Array {
    return this.world.observer.servers;
  }

  get pairs(): Float64Array {
    return this.world.observer.pairs;
  }

  get candidates(): Int32Array {
    return this.world.observer.candidates;
  }

  /** A vehicle is next to its host, to the RSU of its access and to every RSU that covers it. */
  get links(): Uint8Array {
    const { instance, host, access, metres } = this.world;
    const { vehicles, servers, edges, parameters } = instance;
    for (let v = 0; v < vehicles; v++) {
      for (let m = 0; m < servers; m++) {
        const covers = m < edges && metres[v * servers + m]! <= parameters.coverageMetres;
        this.#links[v * servers + m] = covers || m === host[v] || m === access[v] ? 1 : 0;
      }
    }
    return this.#links;
  }

  get userRewards(): Float64Array {
    return this.world.rewards;
  }

  get serverRewards(): Float64Array {
    return this.world.serverRewards;
  }

  get objective(): number {
    return this.world.objective;
  }

  reset(seed: number): void {
    this.world.reset(seed);
  }

  step(action: GraphAction): void {
    this.world.step(this.worldActions(action));
  }

  /** An action with the servers behind candidates, which holds until the next. */
  worldActions({ chosen, levels, servers }: GraphAction): WorldActions {
    const { candidates } = this.world.observer;
    for (let v = 0; v < chosen.length; v++) this.#targets[v] = candidates[v * CANDIDATES + chosen[v]!] ?? -1;
    return { targets: this.#targets, quality: levels, servers };
  }
}
