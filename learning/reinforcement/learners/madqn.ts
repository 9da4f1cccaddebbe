/**
 * MADQN: independent double deep Q-learning (van Hasselt et al. 2016), as the paper's baseline. Every agent sees only what
 * is its own and values a few actions by what it earns itself; one network for all users, and one a tier of servers.
 * From acting to updating, top to bottom; episodes and the buffer are `GraphLearner`'s.
 *
 * A user's actions are a candidate and one of three levels; a server's are one of three first levels and one of three
 * that all its further levels share.
 */
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Engine } from "../../engine/Engine.ts";
import {
  type GraphAction,
  type GraphEnvironment,
  type GraphObservation,
  type GraphSizes,
  serversOf,
} from "../environments/GraphEnvironment.ts";
import type { Exploration } from "../exploration.ts";
import { type NamedNumbers, prefixed, within } from "../namedNumbers.ts";
import { type DenseLayer, DenseNetwork } from "../networks/DenseNetwork.ts";
import { GraphBatch, observationSize, writeObservation } from "../networks/GraphBatch.ts";
import { LocalPass, localLayers } from "../networks/LocalNetwork.ts";
import {
  GraphLearner,
  type GraphLearnerOptions,
  type GraphPolicy,
  type Losses,
  REPLAY_DEFAULTS,
  type ReplayConfig,
} from "./GraphLearner.ts";

/** The levels that can be chosen. */
const STEPS = [0, 0.5, 1] as const;

/** What can be chosen about the learner. */
export interface MadqnConfig extends ReplayConfig {
  /** Adam's. */
  readonly rate: number;
  /** Longer gradients are scaled down to this norm. */
  readonly norm: number;
}

export const MADQN_DEFAULTS: MadqnConfig = { ...REPLAY_DEFAULTS, rate: 1e-3, norm: 5 };

function outputsOf({ candidates }: GraphSizes) {
  return { users: candidates * STEPS.length, servers: STEPS.length * STEPS.length };
}

/** Layers of what values in MADQN. */
export function madqnLayers(sizes: GraphSizes): DenseLayer[] {
  return localLayers(sizes, outputsOf(sizes));
}

export class Madqn extends GraphLearner {
  readonly config: MadqnConfig;
  readonly #values: DenseNetwork;
  readonly #targetValues: DenseNetwork;
  readonly #now: GraphBatch;
  readonly #next: GraphBatch;
  readonly #acting: MadqnPolicy;
  readonly #pass: LocalPass;
  /** The next moment's values by the network that learns, which chooses, and by its target, which values. */
  readonly #nextPass: LocalPass;
  readonly #nextTarget: LocalPass;

  constructor(
    engine: Engine,
    environment: GraphEnvironment,
    options: GraphLearnerOptions & { readonly config?: Partial<MadqnConfig> },
  ) {
    const config = { ...MADQN_DEFAULTS, ...options.config };
    super(environment, options, { name: "madqn", config, warm: false });
    const { sizes, serverLinks } = environment;
    const outputs = outputsOf(sizes);
    this.config = config;
    this.#values = new DenseNetwork(engine, madqnLayers(sizes));
    this.#targetValues = new DenseNetwork(engine, this.#values.layers);
    this.#values.initialize(new SeededRandom(options.seed, "madqn", "initial"));
    this.#targetValues.copy(this.#values);
    const samples = config.batchSize;
    this.#now = new GraphBatch(engine, { sizes, serverLinks, samples, messages: false });
    this.#next = new GraphBatch(engine, { sizes, serverLinks, samples, messages: false });
    this.#acting = new MadqnPolicy(engine, environment, this.#values);
    this.#pass = new LocalPass(this.#values, this.#now, outputs);
    this.#nextPass = new LocalPass(this.#values, this.#next, outputs);
    this.#nextTarget = new LocalPass(this.#targetValues, this.#next, outputs);
  }

  /** With the probability of a random candidate, an agent does anything that it can. */
  protected explore(
    seen: GraphObservation,
    action: GraphAction,
    trying: Exploration,
    random: SeededRandom,
  ): void {
    this.#acting.act(seen, action);
    this.disturb(action, { ...trying, levels: 0 }, random);
    const { serverLevels } = this.environment.sizes;
    for (let v = 0; v < action.levels.length; v++)
      if (random.uniform() < trying.random) action.levels[v] = randomStep(random);
    for (let at = 0; at < action.servers.length; at += serverLevels)
      if (random.uniform() < trying.random) setRandomLevels(action.servers, at, serverLevels, random);
  }

  protected override settle({ levels, servers }: GraphAction, random: SeededRandom): void {
    const { serverLevels } = this.environment.sizes;
    for (let v = 0; v < levels.length; v++) levels[v] = randomStep(random);
    for (let at = 0; at < servers.length; at += serverLevels)
      setRandomLevels(servers, at, serverLevels, random);
  }

  update(places: Int32Array, nextPlaces: Int32Array): Losses {
    const { config } = this;
    this.#now.load(this.buffer.rows, places);
    this.#next.load(this.buffer.rows, nextPlaces);
    this.#nextPass.forward();
    this.#nextTarget.forward();
    this.#pass.forward();
    const critic = this.#userLoss(places) + this.#serverLoss(places);
    this.#pass.backward();
    this.#values.step(config.rate, config.norm);
    this.#targetValues.moveTowards(this.#values, config.targetShare);
    return { critic, actor: 0 };
  }

  /** Mean of (Q − y)² over users, y = ω · r + γ Q′(o′, a′) with a′ the best by Q; and it by Q. */
  #userLoss(places: Int32Array): number {
    const { rows, parts } = this.buffer;
    const { objectiveWeights, sizes } = this.environment;
    const { users: V, objectives } = sizes;
    const each = outputsOf(sizes).users;
    const values = this.#pass.users.values;
    const by = this.#pass.byUsers.values.fill(0);
    const next = this.#nextPass.users.values;
    const target = this.#nextTarget.users.values;
    const count = places.length * V;
    let sum = 0;
    for (let row = 0; row < count; row++) {
      const at = places[Math.floor(row / V)]!;
      const v = row % V;
      const candidate = rows[at + parts.chosen + v]!;
      const done = row * each + candidate * STEPS.length + stepOf(rows[at + parts.levels + v]!);
      const best = bestOfUser(this.#next, next, row);
      const reward = weighted(objectiveWeights, rows, at + parts.userRewards + v * objectives);
      const error = values[done]! - (reward + this.config.discount * target[best]!);
      sum += error * error;
      by[done] = (2 * error) / count;
    }
    return sum / count;
  }

  /** The same over servers. */
  #serverLoss(places: Int32Array): number {
    const { rows, parts } = this.buffer;
    const { objectiveWeights, sizes } = this.environment;
    const M = serversOf(sizes);
    const each = outputsOf(sizes).servers;
    const values = this.#pass.servers.values;
    const by = this.#pass.byServers.values.fill(0);
    const next = this.#nextPass.servers.values;
    const target = this.#nextTarget.servers.values;
    const count = places.length * M;
    let sum = 0;
    for (let s = 0; s < places.length; s++) {
      for (let m = 0; m < M; m++) {
        const at = places[s]!;
        const row = this.#now.serverRow[s * M + m]!;
        const levels = at + parts.serverLevels + m * sizes.serverLevels;
        const done = row * each + stepOf(rows[levels]!) * STEPS.length + stepOf(rows[levels + 1]!);
        const best = bestOf(next, row * each, each);
        const reward = weighted(objectiveWeights, rows, at + parts.serverRewards + m * sizes.objectives);
        const error = values[done]! - (reward + this.config.discount * target[best]!);
        sum += error * error;
        by[done] = (2 * error) / count;
      }
    }
    return sum / count;
  }

  policy(): NamedNumbers {
    return new Map([["actor", this.#values.parameters.values.slice()]]);
  }

  protected networks(): NamedNumbers {
    return new Map([
      ...prefixed("values", this.#values.snapshot()),
      ...prefixed("targetValues", this.#targetValues.snapshot()),
    ]);
  }

  protected restoreNetworks(networks: NamedNumbers): void {
    this.#values.restore(within("values", networks));
    this.#targetValues.restore(within("targetValues", networks));
  }

  dispose(): void {
    const passes = [this.#pass, this.#nextPass, this.#nextTarget];
    const networks = [this.#values, this.#targetValues];
    for (const part of [this.#acting, ...passes, this.#now, this.#next, ...networks]) part.dispose();
  }
}

/** Does what MADQN values most, in an environment of any size. */
export class MadqnPolicy implements GraphPolicy {
  readonly #batch: GraphBatch;
  readonly #pass: LocalPass;
  readonly #row: Float32Array;
  readonly #ownNetwork: boolean;

  /** @param network - The one that values, or its parameters as they come from the learner's `policy`. */
  constructor(
    engine: Engine,
    { sizes, serverLinks }: Pick<GraphEnvironment, "sizes" | "serverLinks">,
    network: DenseNetwork | Float32Array,
  ) {
    const outputs = outputsOf(sizes);
    this.#batch = new GraphBatch(engine, { sizes, serverLinks, samples: 1, messages: false });
    this.#ownNetwork = !(network instanceof DenseNetwork);
    const acting = network instanceof DenseNetwork ? network : new DenseNetwork(engine, madqnLayers(sizes));
    if (!(network instanceof DenseNetwork)) acting.parameters.values.set(network);
    this.#pass = new LocalPass(acting, this.#batch, outputs);
    this.#row = new Float32Array(observationSize(sizes));
  }

  act(seen: GraphObservation, { chosen, levels, servers }: GraphAction): void {
    writeObservation(seen, this.#row, 0);
    this.#batch.load(this.#row, [0]);
    this.#pass.forward();
    const { sizes, serverRow } = this.#batch;
    const outputs = outputsOf(sizes);
    const users = this.#pass.users.values;
    for (let v = 0; v < chosen.length; v++) {
      const best = bestOfUser(this.#batch, users, v) - v * outputs.users;
      chosen[v] = Math.floor(best / STEPS.length);
      levels[v] = STEPS[best % STEPS.length]!;
    }
    const values = this.#pass.servers.values;
    for (let m = 0; m < serverRow.length; m++) {
      const from = serverRow[m]! * outputs.servers;
      const best = bestOf(values, from, outputs.servers) - from;
      const at = m * sizes.serverLevels;
      servers.fill(STEPS[best % STEPS.length]!, at, at + sizes.serverLevels);
      servers[at] = STEPS[Math.floor(best / STEPS.length)]!;
    }
  }

  dispose(): void {
    if (this.#ownNetwork) this.#pass.network.dispose();
    this.#pass.dispose();
    this.#batch.dispose();
  }
}

/** Index of the largest of `count` values from `from` on. */
function bestOf(values: Float32Array, from: number, count: number): number {
  let best = from;
  for (let at = from + 1; at < from + count; at++) if (values[at]! > values[best]!) best = at;
  return best;
}

/** Index of the largest value of a user's actions with valid candidates. */
function bestOfUser({ choicePairs, sizes }: GraphBatch, values: Float32Array, row: number): number {
  const starts = choicePairs.starts.values;
  const pairs = choicePairs.columns.values;
  const each = STEPS.length;
  // A user's pairs lie in the order of its actions.
  let best = row * sizes.candidates * each;
  for (let e = starts[row]!; e < starts[row + 1]!; e++) {
    for (let at = pairs[e]! * each; at < (pairs[e]! + 1) * each; at++)
      if (values[at]! > values[best]!) best = at;
  }
  return best;
}

function weighted(weights: readonly number[], rows: Float32Array, from: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k]! * rows[from + k]!;
  return sum;
}

function stepOf(level: number): number {
  return Math.round(level * (STEPS.length - 1));
}

function randomStep(random: SeededRandom): number {
  return STEPS[random.integer(STEPS.length)]!;
}

function setRandomLevels(servers: Float64Array, at: number, count: number, random: SeededRandom): void {
  const first = randomStep(random);
  servers.fill(randomStep(random), at, at + count);
  servers[at] = first;
}
