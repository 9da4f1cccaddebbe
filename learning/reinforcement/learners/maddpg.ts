/**
 * MADDPG (Lowe et al. 2017) as the paper's baseline has it: actors that see only what is their own, critics of
 * everything that everybody sees and does, one number as an agent's reward. From acting to updating, top to bottom;
 * episodes and the buffer are `GraphLearner`'s. One actor for all users, and one a tier of servers; so are the critics,
 * which have besides what is the agent's own, so that what is learned of one agent is known of all.
 *
 * Candidates are chosen by Gumbel's softmax, straight through; a penalty keeps what is squashed from saturating. Actors
 * climb the sum of all critics and not, as there, only their own: who crowds a server is paid for by others.
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
import { gumbelDraw, gumbelSoftmax, logistic } from "../gumbel.ts";
import { backThroughLevels, chooseLargest, squash } from "../levels.ts";
import { type NamedNumbers, prefixed, within } from "../namedNumbers.ts";
import { type DenseLayer, DenseNetwork } from "../networks/DenseNetwork.ts";
import { NO_CANDIDATE } from "../networks/GraphActor.ts";
import { GraphBatch, observationSize, writeObservation } from "../networks/GraphBatch.ts";
import { JointCritic, jointLayers } from "../networks/JointCritic.ts";
import { LocalPass, localLayers } from "../networks/LocalNetwork.ts";
import {
  GraphLearner,
  type GraphLearnerOptions,
  type GraphPolicy,
  type Losses,
  REPLAY_DEFAULTS,
  type ReplayConfig,
} from "./GraphLearner.ts";

/** What can be chosen about the learner. */
export interface MaddpgConfig extends ReplayConfig {
  /** Adam's rates. */
  readonly criticRate: number;
  readonly actorRate: number;
  /** Longer gradients are scaled down to these norms. */
  readonly criticNorm: number;
  readonly actorNorm: number;
  /** What servers count in the actors' loss. */
  readonly serverShare: number;
  /** Weight of the penalty on the mean square of logits. With 1e-3 staying saturates before its critic knows better. */
  readonly choicePenalty: number;
  /**
   * The same of levels before the logistic function. As much as of logits keeps them from where they are best: in twin
   * migration vehicles then synchronize at 0.25 where 0.05 is right, which costs 1.5 of reward.
   */
  readonly levelPenalty: number;
}

export const MADDPG_DEFAULTS: MaddpgConfig = {
  ...REPLAY_DEFAULTS,
  // Lowe et al.'s; at half of it values take half of 240 episodes to come to what they should be.
  targetShare: 1e-2,
  criticRate: 1e-3,
  actorRate: 1e-3,
  criticNorm: 5,
  actorNorm: 1,
  serverShare: 0.3,
  choicePenalty: 1e-2,
  levelPenalty: 1e-3,
};

/** A logit for each candidate and a level; levels of servers. */
function outputsOf({ candidates, serverLevels }: GraphSizes) {
  return { users: candidates + 1, servers: serverLevels };
}

/** Layers of the actors of MADDPG. */
export function maddpgLayers(sizes: GraphSizes): DenseLayer[] {
  return localLayers(sizes, outputsOf(sizes));
}

export class Maddpg extends GraphLearner {
  readonly config: MaddpgConfig;
  readonly #actor: DenseNetwork;
  readonly #critic: DenseNetwork;
  readonly #targetActor: DenseNetwork;
  readonly #targetCritic: DenseNetwork;
  readonly #now: GraphBatch;
  readonly #next: GraphBatch;
  readonly #acting: MaddpgPolicy;
  readonly #actorPass: LocalPass;
  readonly #criticPass: JointCritic;
  readonly #nextActor: LocalPass;
  readonly #nextCritic: JointCritic;
  readonly #targets: Float64Array;
  readonly #logits: Float32Array;
  readonly #raw: Float32Array;
  readonly #byRaw: Float32Array;
  readonly #draws: Float64Array;
  readonly #soft: Float64Array;
  readonly #chosen: Int32Array;
  readonly #actingDraws: Float64Array;
  readonly #actingSoft: Float64Array;

  constructor(
    engine: Engine,
    environment: GraphEnvironment,
    options: GraphLearnerOptions & { readonly config?: Partial<MaddpgConfig> },
  ) {
    const config = { ...MADDPG_DEFAULTS, ...options.config };
    super(environment, options, { name: "maddpg", config, warm: false });
    const { sizes, serverLinks } = environment;
    const outputs = outputsOf(sizes);
    const random = new SeededRandom(options.seed, "maddpg", "initial");
    this.config = config;
    this.#actor = new DenseNetwork(engine, maddpgLayers(sizes));
    this.#critic = new DenseNetwork(engine, jointLayers(sizes));
    this.#targetActor = new DenseNetwork(engine, this.#actor.layers);
    this.#targetCritic = new DenseNetwork(engine, this.#critic.layers);
    this.#actor.initialize(random);
    this.#critic.initialize(random);
    this.#targetActor.copy(this.#actor);
    this.#targetCritic.copy(this.#critic);
    const samples = config.batchSize;
    this.#now = new GraphBatch(engine, { sizes, serverLinks, samples, messages: false });
    this.#next = new GraphBatch(engine, { sizes, serverLinks, samples, messages: false });
    this.#acting = new MaddpgPolicy(engine, environment, this.#actor);
    this.#actorPass = new LocalPass(this.#actor, this.#now, outputs);
    this.#criticPass = new JointCritic(this.#critic, this.#now);
    this.#nextActor = new LocalPass(this.#targetActor, this.#next, outputs);
    this.#nextCritic = new JointCritic(this.#targetCritic, this.#next);
    const { userRows } = this.#now;
    const pairs = userRows * sizes.candidates;
    this.#targets = new Float64Array(this.#now.rows);
    this.#logits = new Float32Array(pairs);
    this.#raw = new Float32Array(userRows);
    this.#byRaw = new Float32Array(userRows);
    this.#draws = new Float64Array(pairs);
    this.#soft = new Float64Array(pairs);
    this.#chosen = new Int32Array(userRows);
    this.#actingDraws = new Float64Array(sizes.users * sizes.candidates);
    this.#actingSoft = new Float64Array(sizes.users * sizes.candidates);
  }

  protected explore(
    seen: GraphObservation,
    action: GraphAction,
    trying: Exploration,
    random: SeededRandom,
  ): void {
    this.#acting.see(seen, action);
    for (let at = 0; at < this.#actingDraws.length; at++)
      this.#actingDraws[at] = trying.gumbel * gumbelDraw(random);
    const { candidates } = this.environment.sizes;
    gumbelSoftmax(this.#acting.logits, this.#actingDraws, candidates, this.#actingSoft, action.chosen);
    this.disturb(action, trying, random);
  }

  update(places: Int32Array, nextPlaces: Int32Array, random: SeededRandom): Losses {
    const { config } = this;
    for (let at = 0; at < this.#draws.length; at++) this.#draws[at] = gumbelDraw(random);
    this.#now.load(this.buffer.rows, places);
    this.#next.load(this.buffer.rows, nextPlaces);
    this.#setTargets(places);
    const critic = this.criticLoss(places);
    this.#criticPass.backward();
    this.#critic.step(config.criticRate, config.criticNorm);
    const actor = this.actorLoss(this.#draws);
    this.#actorPass.backward();
    this.#actor.step(config.actorRate, config.actorNorm);
    this.#targetActor.moveTowards(this.#actor, config.targetShare);
    this.#targetCritic.moveTowards(this.#critic, config.targetShare);
    return { critic, actor };
  }

  /** y = ω · r + γ Q′(o′, π′(o′)) of each agent; a time limit ends nothing. */
  #setTargets(places: Int32Array): void {
    const { rows, parts } = this.buffer;
    const { sizes, objectiveWeights } = this.environment;
    const [actor, critic] = [this.#nextActor, this.#nextCritic];
    actor.forward();
    splitOutputs(this.#next, actor.users.values, this.#logits, this.#raw);
    chooseLargest(this.#logits, sizes.candidates, this.#chosen);
    critic.choose(this.#chosen);
    squash(this.#raw, critic.levels.values);
    squash(actor.servers.values, critic.serverLevels.values);
    critic.forward();
    const values = critic.values.values;
    const { users: V, objectives } = sizes;
    const M = serversOf(sizes);
    const setTarget = (row: number, from: number) => {
      let reward = 0;
      for (let k = 0; k < objectives; k++) reward += objectiveWeights[k]! * rows[from + k]!;
      this.#targets[row] = reward + this.config.discount * values[row]!;
    };
    for (let s = 0; s < places.length; s++) {
      const at = places[s]!;
      for (let v = 0; v < V; v++) setTarget(s * V + v, at + parts.userRewards + v * objectives);
      for (let m = 0; m < M; m++) {
        const row = this.#next.userRows + this.#next.serverRow[s * M + m]!;
        setTarget(row, at + parts.serverRewards + m * objectives);
      }
    }
  }

  /** Means of (Q − y)² over users and over servers, and the loss by Q. */
  protected criticLoss(places: Int32Array): number {
    const critic = this.#criticPass;
    this.placeDone(places, this.#now, critic, this.#chosen);
    critic.forward();
    const values = critic.values.values;
    const by = critic.byValues.values;
    let loss = 0;
    for (let at = 0; at < values.length; at++) {
      const error = values[at]! - this.#targets[at]!;
      const count = at < this.#now.userRows ? this.#now.userRows : this.#now.serverRows;
      loss += (error * error) / count;
      by[at] = (2 * error) / count;
    }
    return loss;
  }

  /** −mean Q(o, π(o)) of users, −share · that of servers, and the penalty; and the loss by what the actors say. */
  protected actorLoss(draws: Float64Array): number {
    const { choicePenalty, levelPenalty, serverShare } = this.config;
    const { sizes } = this.environment;
    const [actor, critic] = [this.#actorPass, this.#criticPass];
    actor.forward();
    splitOutputs(this.#now, actor.users.values, this.#logits, this.#raw);
    gumbelSoftmax(this.#logits, draws, sizes.candidates, this.#soft, this.#chosen);
    critic.choose(this.#chosen);
    squash(this.#raw, critic.levels.values);
    squash(actor.servers.values, critic.serverLevels.values);
    critic.forward();
    const values = critic.values.values;
    const by = critic.byValues.values;
    let loss = 0;
    for (let at = 0; at < values.length; at++) {
      const isUser = at < this.#now.userRows;
      const weight = isUser ? 1 / this.#now.userRows : serverShare / this.#now.serverRows;
      loss -= weight * values[at]!;
      by[at] = -weight;
    }
    critic.backwardAction();
    loss += choicePenalty * this.#backThroughChoices();
    for (const [raw, levels, byLevels, by] of [
      [this.#raw, critic.levels, critic.byLevels, this.#byRaw],
      [actor.servers.values, critic.serverLevels, critic.byServerLevels, actor.byServers.values],
    ] as const) {
      loss += levelPenalty * backThroughLevels(raw, levels.values, byLevels.values, levelPenalty, by);
    }
    // What backThroughLevels wrote goes where users' actors say it.
    for (let v = 0; v < this.#raw.length; v++)
      actor.byUsers.values[v * (sizes.candidates + 1) + sizes.candidates] = this.#byRaw[v]!;
    return loss;
  }

  /** Writes the loss by what users' actors say. @returns The mean square of logits. */
  #backThroughChoices(): number {
    const { choicePenalty } = this.config;
    const K = this.environment.sizes.candidates;
    const byChoices = this.#criticPass.byChoices.values;
    const by = this.#actorPass.byUsers.values;
    const count = this.#logits.length;
    let squares = 0;
    for (let v = 0; v < this.#raw.length; v++) {
      let mean = 0;
      for (let k = 0; k < K; k++) mean += this.#soft[v * K + k]! * byChoices[v * K + k]!;
      for (let k = 0; k < K; k++) {
        const logit = this.#logits[v * K + k]!;
        const to = v * (K + 1) + k;
        if (logit === NO_CANDIDATE) {
          by[to] = 0;
          continue;
        }
        squares += logit * logit;
        by[to] =
          this.#soft[v * K + k]! * (byChoices[v * K + k]! - mean) + (2 * choicePenalty * logit) / count;
      }
    }
    return squares / count;
  }

  policy(): NamedNumbers {
    return new Map([["actor", this.#actor.parameters.values.slice()]]);
  }

  protected networks(): NamedNumbers {
    return new Map([
      ...prefixed("actor", this.#actor.snapshot()),
      ...prefixed("critic", this.#critic.snapshot()),
      ...prefixed("targetActor", this.#targetActor.snapshot()),
      ...prefixed("targetCritic", this.#targetCritic.snapshot()),
    ]);
  }

  protected restoreNetworks(networks: NamedNumbers): void {
    this.#actor.restore(within("actor", networks));
    this.#critic.restore(within("critic", networks));
    this.#targetActor.restore(within("targetActor", networks));
    this.#targetCritic.restore(within("targetCritic", networks));
  }

  dispose(): void {
    const passes = [this.#actorPass, this.#criticPass, this.#nextActor, this.#nextCritic];
    const networks = [this.#actor, this.#critic, this.#targetActor, this.#targetCritic];
    for (const part of [this.#acting, ...passes, this.#now, this.#next, ...networks]) part.dispose();
  }
}

/** Acts by MADDPG's actors, in an environment of any size. */
export class MaddpgPolicy implements GraphPolicy {
  /** Of what was seen last, `NO_CANDIDATE` where there is none. [users · candidates] */
  readonly logits: Float32Array;
  readonly #batch: GraphBatch;
  readonly #pass: LocalPass;
  readonly #row: Float32Array;
  readonly #raw: Float32Array;
  readonly #ownNetwork: boolean;

  /** @param network - The actors', or their parameters as they come from the learner's `policy`. */
  constructor(
    engine: Engine,
    { sizes, serverLinks }: Pick<GraphEnvironment, "sizes" | "serverLinks">,
    network: DenseNetwork | Float32Array,
  ) {
    const outputs = outputsOf(sizes);
    this.#batch = new GraphBatch(engine, { sizes, serverLinks, samples: 1, messages: false });
    this.#ownNetwork = !(network instanceof DenseNetwork);
    const acting = network instanceof DenseNetwork ? network : new DenseNetwork(engine, maddpgLayers(sizes));
    if (!(network instanceof DenseNetwork)) acting.parameters.values.set(network);
    this.#pass = new LocalPass(acting, this.#batch, outputs);
    this.#row = new Float32Array(observationSize(sizes));
    this.logits = new Float32Array(sizes.users * sizes.candidates);
    this.#raw = new Float32Array(sizes.users);
  }

  /** Takes in what is seen, and writes levels. */
  see(seen: GraphObservation, { levels, servers }: GraphAction): void {
    writeObservation(seen, this.#row, 0);
    this.#batch.load(this.#row, [0]);
    this.#pass.forward();
    splitOutputs(this.#batch, this.#pass.users.values, this.logits, this.#raw);
    for (let v = 0; v < levels.length; v++) levels[v] = logistic(this.#raw[v]!);
    const each = this.#batch.sizes.serverLevels;
    const values = this.#pass.servers.values;
    for (let at = 0; at < servers.length; at++) {
      const row = this.#batch.serverRow[Math.floor(at / each)]!;
      servers[at] = logistic(values[row * each + (at % each)]!);
    }
  }

  act(seen: GraphObservation, action: GraphAction): void {
    this.see(seen, action);
    chooseLargest(this.logits, this.#batch.sizes.candidates, action.chosen);
  }

  dispose(): void {
    if (this.#ownNetwork) this.#pass.network.dispose();
    this.#pass.dispose();
    this.#batch.dispose();
  }
}

/** What comes out for users as logits, without those that are no candidates, and levels before they are squashed. */
function splitOutputs(batch: GraphBatch, users: Float32Array, logits: Float32Array, raw: Float32Array): void {
  const K = batch.sizes.candidates;
  const { choicePairs, userRows } = batch;
  const starts = choicePairs.starts.values;
  const pairs = choicePairs.columns.values;
  logits.fill(NO_CANDIDATE);
  for (let v = 0; v < userRows; v++) {
    for (let e = starts[v]!; e < starts[v + 1]!; e++) {
      const pair = pairs[e]!;
      logits[pair] = users[v * (K + 1) + (pair - v * K)]!;
    }
    raw[v] = users[v * (K + 1) + K]!;
  }
}
