import type {
  ByAgent,
  ParallelEnvironment,
  Step,
} from "../../../learning/reinforcement/environments/ParallelEnvironment.ts";
import type { Mobility } from "../mathematics/mobility/Mobility.ts";
import type { MigrationParameters } from "../mathematics/parameters.ts";
import {
  CANDIDATES,
  PAIR_FEATURES,
  SERVER_FEATURES,
  VEHICLE_FEATURES,
} from "../mathematics/world/Observer.ts";
import { World } from "../mathematics/world/World.ts";
import { OBJECTIVES } from "../mathematics/world/WorldState.ts";
import { renderWorld } from "./renderWorld.ts";
import {
  CLOUD_ACTIONS,
  EDGE_ACTIONS,
  type NamedNumber,
  SERVER_SPACE,
  VEHICLE_ACTIONS,
  VEHICLE_SPACE,
} from "./spaces.ts";

/** What an agent observes: arrays that hold until the environment's next call. */
export interface MigrationObservation {
  /** `VEHICLE_SPACE` or `SERVER_SPACE`. */
  readonly features: Float64Array;
  /** Of a vehicle: `PAIR_SPACE` of each candidate, [6 · 12]; empty for a server. */
  readonly pairs: Float64Array;
  /** Of a vehicle: 1 for each candidate that it may choose, [6]; empty for a server. */
  readonly actionMask: Uint8Array;
}

/**
 * The migration of twins as an environment: vehicles, edge servers and cloud servers act at once, in the terms of
 * PettingZoo's `ParallelEnv`. Agents are `vehicle-1` …, `edge-1` …, `cloud-1` …; an action is an array of numbers as
 * {@link actionSpace} names them, a reward the five objectives of `REWARD_NAMES`. The sum to maximise is ω · the means
 * of vehicles' and servers' objectives ({@link objective}); weights are a parameter.
 *
 * @example
 * const mobility = new GridMobility(20, 4, 2, DEFAULT_PARAMETERS);
 * const environment = new MigrationEnvironment(mobility, DEFAULT_PARAMETERS);
 * let observations = environment.reset(7);
 * for (;;) ({ observations } = environment.step(choose(observations)));
 */
export class MigrationEnvironment
  implements ParallelEnvironment<MigrationObservation, Float64Array, Float64Array>
{
  readonly agents: readonly string[];
  /** Everything about the present step. */
  readonly world: World;
  readonly stateSize: number;
  readonly #observations: Record<string, MigrationObservation>;
  readonly #rewards: Record<string, Float64Array>;
  readonly #truncations: Record<string, boolean>;
  readonly #step: Step<MigrationObservation, Float64Array>;
  readonly #masks: Uint8Array;
  readonly #state: Float64Array;
  readonly #actions: { targets: Int32Array; quality: Float64Array; servers: Float64Array };

  /** @param mobility - How vehicles move, and where servers stand; it becomes the environment's. */
  constructor(mobility: Mobility, parameters: MigrationParameters) {
    const world = new World(mobility, parameters);
    const { vehicles, edges, clouds, servers } = world.instance;
    const { observer } = world;
    this.world = world;
    const named = (kind: string, count: number) =>
      Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`);
    this.agents = [...named("vehicle", vehicles), ...named("edge", edges), ...named("cloud", clouds)];
    this.#masks = new Uint8Array(vehicles * CANDIDATES);
    this.stateSize = observer.vehicles.length + observer.servers.length + observer.pairs.length;
    this.#state = new Float64Array(this.stateSize);
    this.#actions = {
      targets: new Int32Array(vehicles),
      quality: new Float64Array(vehicles),
      servers: new Float64Array(3 * servers),
    };
    const each = <T>(ofVehicle: (v: number) => T, ofServer: (m: number) => T): Record<string, T> =>
      Object.fromEntries(
        this.agents.map((name, n) => [name, n < vehicles ? ofVehicle(n) : ofServer(n - vehicles)]),
      );
    const part = (array: Float64Array, at: number, size: number) =>
      array.subarray(at * size, (at + 1) * size);
    this.#observations = each<MigrationObservation>(
      (v) => ({
        features: part(observer.vehicles, v, VEHICLE_FEATURES),
        pairs: part(observer.pairs, v, CANDIDATES * PAIR_FEATURES),
        actionMask: this.#masks.subarray(v * CANDIDATES, (v + 1) * CANDIDATES),
      }),
      (m) => ({
        features: part(observer.servers, m, SERVER_FEATURES),
        pairs: new Float64Array(0),
        actionMask: new Uint8Array(0),
      }),
    );
    this.#rewards = each(
      (v) => part(world.rewards, v, OBJECTIVES),
      (m) => part(world.serverRewards, m, OBJECTIVES),
    );
    const no = () => false;
    this.#truncations = each(no, no);
    this.#step = {
      observations: this.#observations,
      rewards: this.#rewards,
      // Time is up, which ends nothing: an episode is always cut off.
      terminations: each(no, no),
      truncations: this.#truncations,
    };
  }

  /** What an agent's features are. */
  observationSpace(agent: string): readonly NamedNumber[] {
    return agent.startsWith("vehicle") ? VEHICLE_SPACE : SERVER_SPACE;
  }

  /** What the numbers of an agent's action are. */
  actionSpace(agent: string): readonly NamedNumber[] {
    if (agent.startsWith("vehicle")) return VEHICLE_ACTIONS;
    return agent.startsWith("edge") ? EDGE_ACTIONS : CLOUD_ACTIONS;
  }

  /** ω · the components of the last step: what an episode's reward is the sum of. */
  get objective(): number {
    return this.world.objective;
  }

  reset(seed: number): ByAgent<MigrationObservation> {
    this.world.reset(seed);
    this.#mask();
    for (const agent of this.agents) this.#truncations[agent] = false;
    return this.#observations;
  }

  step(actions: ByAgent<Float64Array>): Step<MigrationObservation, Float64Array> {
    const { world, agents } = this;
    const { vehicles, servers, edges, parameters } = world.instance;
    const into = this.#actions;
    for (let v = 0; v < vehicles; v++) {
      const action = actions[agents[v]!]!;
      const candidate = action[0]!;
      into.targets[v] = world.observer.candidates[v * CANDIDATES + candidate] ?? -1;
      into.quality[v] = action[1]!;
    }
    for (let m = 0; m < servers; m++) {
      const action = actions[agents[vehicles + m]!]!;
      into.servers[3 * m] = action[0]!;
      if (m < edges) into.servers[3 * m + 1] = action[1]!;
      into.servers[3 * m + 2] = action[m < edges ? 2 : 1]!;
    }
    world.step(into);
    this.#mask();
    if (world.steps >= parameters.episodeSteps) for (const agent of agents) this.#truncations[agent] = true;
    return this.#step;
  }

  /** All features: of vehicles, of servers, of pairs. */
  state(): Float64Array {
    const { vehicles, servers, pairs } = this.world.observer;
    this.#state.set(vehicles);
    this.#state.set(servers, vehicles.length);
    this.#state.set(pairs, vehicles.length + servers.length);
    return this.#state;
  }

  snapshot(): Float64Array {
    return this.world.snapshot();
  }

  restore(snapshot: ArrayLike<number>): void {
    this.world.restore(snapshot);
    this.#mask();
    const over = this.world.steps >= this.world.instance.parameters.episodeSteps;
    for (const agent of this.agents) this.#truncations[agent] = over;
  }

  /** The map of the present step, as SVG. */
  render(): string {
    return renderWorld(this.world);
  }

  #mask(): void {
    const { candidates } = this.world.observer;
    for (let at = 0; at < candidates.length; at++) this.#masks[at] = candidates[at]! >= 0 ? 1 : 0;
  }
}
