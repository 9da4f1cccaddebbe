/**
 * MO-MADDPG: multi-agent deep deterministic policy gradients (Lowe et al. 2017) with several objectives, over graphs.
 * One actor and one critic for all agents of a kind: both encode who is next to whom by graph convolutions; the actor
 * scores each user's candidates and sets levels, the central critic says for every agent what each objective will be
 * worth. From acting to updating, top to bottom; episodes and the buffer are `GraphLearner`'s.
 *
 * Paper: papers/twin-migration.txt, eqs 24 to 27 and algorithm 1. What is not the paper's is the project's reading:
 * candidates by Gumbel's softmax, straight through; a penalty on what levels and choices are before they are squashed,
 * without which they saturate; servers counting less than users.
 *
 * | symbol | here                                                                 |
 * | ------ | -------------------------------------------------------------------- |
 * | π, Q   | `#actor`, `#critic`                                                  |
 * | π′, Q′ | `#nextActor`, `#nextCritic`: target networks                         |
 * | y      | `#userTargets`, `#serverTargets`: r + γ Q′(o′, π′(o′)) of each head  |
 * | ω      | the environment's `objectiveWeights`                                 |
 */
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Engine } from "../../engine/Engine.ts";
import {
  type GraphAction,
  type GraphEnvironment,
  type GraphObservation,
  serversOf,
} from "../environments/GraphEnvironment.ts";
import type { Exploration } from "../exploration.ts";
import { gumbelDraw, gumbelSoftmax } from "../gumbel.ts";
import { backThroughLevels, chooseLargest, squash } from "../levels.ts";
import { type NamedNumbers, prefixed, within } from "../namedNumbers.ts";
import { DenseNetwork } from "../networks/DenseNetwork.ts";
import { drawnActor, GraphActor, type WarmStart } from "../networks/GraphActor.ts";
import { GraphBatch } from "../networks/GraphBatch.ts";
import { criticLayers, GraphCritic } from "../networks/GraphCritic.ts";
import { GraphActorPolicy } from "./GraphActorPolicy.ts";
import {
  GraphLearner,
  type GraphLearnerOptions,
  type Losses,
  REPLAY_DEFAULTS,
  type ReplayConfig,
} from "./GraphLearner.ts";

/** What can be chosen about the learner. */
export interface MoMaddpgConfig extends ReplayConfig {
  /** H, even: width of all layers. */
  readonly width: number;
  /** Adam's rates. */
  readonly criticRate: number;
  readonly actorRate: number;
  /** Longer gradients are scaled down to these norms. */
  readonly criticNorm: number;
  readonly actorNorm: number;
  /** What servers count in the actor's loss. */
  readonly serverShare: number;
  /** Weight of the penalty on mean squares of logits and of levels before the logistic function. */
  readonly penalty: number;
  /** Whether the encoders pass messages; without, nobody hears of anybody else in them. */
  readonly messages: boolean;
  /** A value for each objective; false: one of their weighted sum. */
  readonly manyHeads: boolean;
}

export const MO_MADDPG_DEFAULTS: MoMaddpgConfig = {
  ...REPLAY_DEFAULTS,
  width: 64,
  criticRate: 1e-3,
  actorRate: 1e-3,
  criticNorm: 5,
  actorNorm: 1,
  serverShare: 0.3,
  penalty: 1e-3,
  messages: true,
  manyHeads: true,
};

/** What an update did; norms are of gradients before they were scaled down. */
export interface MoMaddpgUpdate extends Losses {
  readonly criticNorm: number;
  readonly actorNorm: number;
}

/** What the learner is made with. */
export interface MoMaddpgOptions extends GraphLearnerOptions {
  /** What differs from `MO_MADDPG_DEFAULTS`. */
  readonly config?: Partial<MoMaddpgConfig>;
  /** A rule to begin with. */
  readonly warm?: WarmStart;
}

/**
 * @example
 * const learner = new MoMaddpg(engine, environment, { seed: 1, episodes: 60, episodeSeed: (e) => 100_000 + e });
 * while (learner.episode < 60) learner.learnEpisode();
 */
export class MoMaddpg extends GraphLearner {
  readonly config: MoMaddpgConfig;
  readonly actor: DenseNetwork;
  readonly critic: DenseNetwork;
  readonly #targetActor: DenseNetwork;
  readonly #targetCritic: DenseNetwork;
  /** What a batch's moments saw, and what was seen next. */
  readonly #now: GraphBatch;
  readonly #next: GraphBatch;
  readonly #acting: GraphActorPolicy;
  readonly #actorPass: GraphActor;
  readonly #criticPass: GraphCritic;
  readonly #nextActor: GraphActor;
  readonly #nextCritic: GraphCritic;
  /** ω for each head: one head has it in its rewards. */
  readonly #headWeights: readonly number[];
  readonly #userTargets: Float64Array;
  readonly #serverTargets: Float64Array;
  readonly #draws: Float64Array;
  readonly #soft: Float64Array;
  readonly #chosen: Int32Array;
  readonly #actingDraws: Float64Array;
  readonly #actingSoft: Float64Array;

  constructor(engine: Engine, environment: GraphEnvironment, options: MoMaddpgOptions) {
    const { warm } = options;
    const config = { ...MO_MADDPG_DEFAULTS, ...options.config };
    super(environment, options, { name: "mo-maddpg", config, warm: warm !== undefined });
    const { sizes, serverLinks, objectiveWeights } = environment;
    const { width, batchSize: samples, messages } = config;
    this.config = config;
    this.#headWeights = config.manyHeads ? objectiveWeights : [1];
    const heads = this.#headWeights.length;
    const random = new SeededRandom(options.seed, "mo-maddpg", "initial");
    this.actor = drawnActor(engine, sizes, width, random, warm);
    this.critic = new DenseNetwork(engine, criticLayers(sizes, width, heads));
    this.critic.initialize(random);
    this.#targetActor = new DenseNetwork(engine, this.actor.layers);
    this.#targetCritic = new DenseNetwork(engine, this.critic.layers);
    this.matchTargets();
    this.#now = new GraphBatch(engine, { sizes, serverLinks, samples, messages });
    this.#next = new GraphBatch(engine, { sizes, serverLinks, samples, messages });
    this.#acting = new GraphActorPolicy(engine, environment, { network: this.actor, width, messages });
    this.#actorPass = new GraphActor(this.actor, this.#now, width);
    this.#criticPass = new GraphCritic(this.critic, this.#now, width, heads);
    this.#nextActor = new GraphActor(this.#targetActor, this.#next, width);
    this.#nextCritic = new GraphCritic(this.#targetCritic, this.#next, width, heads);
    const { userRows, serverRows } = this.#now;
    const pairs = userRows * sizes.candidates;
    this.#userTargets = new Float64Array(userRows * heads);
    this.#serverTargets = new Float64Array(serverRows * heads);
    this.#draws = new Float64Array(pairs);
    this.#soft = new Float64Array(pairs);
    this.#chosen = new Int32Array(userRows);
    this.#actingDraws = new Float64Array(sizes.users * sizes.candidates);
    this.#actingSoft = new Float64Array(sizes.users * sizes.candidates);
  }

  /** Has the target networks be what they follow. */
  matchTargets(): void {
    this.#targetActor.copy(this.actor);
    this.#targetCritic.copy(this.critic);
  }

  protected explore(
    seen: GraphObservation,
    action: GraphAction,
    trying: Exploration,
    random: SeededRandom,
  ): void {
    this.#acting.see(seen);
    for (let at = 0; at < this.#actingDraws.length; at++)
      this.#actingDraws[at] = trying.gumbel * gumbelDraw(random);
    const { candidates } = this.environment.sizes;
    const logits = this.#acting.actor.logits.values;
    gumbelSoftmax(logits, this.#actingDraws, candidates, this.#actingSoft, action.chosen);
    this.#acting.writeLevels(action);
    this.disturb(action, trying, random);
  }

  update(places: Int32Array, nextPlaces: Int32Array, random: SeededRandom): Losses {
    for (let at = 0; at < this.#draws.length; at++) this.#draws[at] = gumbelDraw(random);
    const done = this.improve(places, nextPlaces, this.#draws);
    this.#targetActor.moveTowards(this.actor, this.config.targetShare);
    this.#targetCritic.moveTowards(this.critic, this.config.targetShare);
    return done;
  }

  /**
   * A step of both networks on rows of the buffer; target networks stay.
   *
   * @param draws - Gumbel's, for the candidates of every user of every row.
   */
  improve(places: Int32Array, nextPlaces: Int32Array, draws: Float64Array): MoMaddpgUpdate {
    const { config } = this;
    const { rows } = this.buffer;
    this.#now.load(rows, places);
    this.#next.load(rows, nextPlaces);
    this.#setTargets(places);
    const critic = this.#criticLoss(places);
    this.#criticPass.backward();
    const criticNorm = this.critic.step(config.criticRate, config.criticNorm);
    const actor = this.#actorLoss(draws);
    this.#actorPass.backward();
    const actorNorm = this.actor.step(config.actorRate, config.actorNorm);
    return { critic, criticNorm, actor, actorNorm };
  }

  /** Losses on rows by the networks as they are, with targets as they were; for tests. */
  losses(places: Int32Array, draws: Float64Array): Losses {
    return { critic: this.#criticLoss(places), actor: this.#actorLoss(draws) };
  }

  /** y = r + γ Q′(o′, π′(o′)): what target actors choose is taken, and a time limit ends nothing. */
  #setTargets(places: Int32Array): void {
    const { buffer, config } = this;
    const { parts, rows } = buffer;
    const { objectiveWeights, sizes } = this.environment;
    const actor = this.#nextActor;
    const critic = this.#nextCritic;
    actor.forward();
    chooseLargest(actor.logits.values, sizes.candidates, this.#chosen);
    critic.choose(this.#chosen);
    squash(actor.levels.values, critic.levels.values);
    squash(actor.serverLevels.values, critic.serverLevels.values);
    critic.forward();
    const { objectives } = sizes;
    const heads = this.#headWeights.length;
    const addRewards = (targets: Float64Array, values: Float32Array, row: number, from: number) => {
      for (let head = 0; head < heads; head++) {
        let reward = 0;
        if (heads === objectives) reward = rows[from + head]!;
        else for (let k = 0; k < objectives; k++) reward += objectiveWeights[k]! * rows[from + k]!;
        targets[row * heads + head] = reward + config.discount * values[row * heads + head]!;
      }
    };
    const V = sizes.users;
    const M = serversOf(sizes);
    const { userValues, serverValues } = critic;
    for (let s = 0; s < places.length; s++) {
      const at = places[s]!;
      for (let v = 0; v < V; v++) {
        const from = at + parts.userRewards + v * objectives;
        addRewards(this.#userTargets, userValues.values, s * V + v, from);
      }
      for (let m = 0; m < M; m++) {
        const from = at + parts.serverRewards + m * objectives;
        addRewards(this.#serverTargets, serverValues.values, this.#next.serverRow[s * M + m]!, from);
      }
    }
  }

  /** Means of (Q − y)² over users and heads, and over servers and heads; and the loss by Q. */
  #criticLoss(places: Int32Array): number {
    const critic = this.#criticPass;
    this.placeDone(places, this.#now, critic, this.#chosen);
    critic.forward();
    return (
      squaredErrors(critic.userValues.values, this.#userTargets, critic.byUserValues.values) +
      squaredErrors(critic.serverValues.values, this.#serverTargets, critic.byServerValues.values)
    );
  }

  /**
   * −mean ω · Q of users, −share · that of servers, and the penalty; and the loss by what the actor says. Candidates are
   * chosen by Gumbel's softmax: the choice counts, its softmax has the gradient.
   */
  #actorLoss(draws: Float64Array): number {
    const { config } = this;
    const actor = this.#actorPass;
    const critic = this.#criticPass;
    const K = this.environment.sizes.candidates;
    actor.forward();
    const logits = actor.logits.values;
    gumbelSoftmax(logits, draws, K, this.#soft, this.#chosen);
    critic.choose(this.#chosen);
    squash(actor.levels.values, critic.levels.values);
    squash(actor.serverLevels.values, critic.serverLevels.values);
    critic.forward();
    let loss =
      negativeWorth(critic.userValues.values, this.#headWeights, 1, critic.byUserValues.values) +
      negativeWorth(
        critic.serverValues.values,
        this.#headWeights,
        config.serverShare,
        critic.byServerValues.values,
      );
    critic.backwardAction();
    loss += config.penalty * this.#backThroughChoices();
    const { penalty } = config;
    loss +=
      penalty *
      backThroughLevels(
        actor.levels.values,
        critic.levels.values,
        critic.byLevels.values,
        penalty,
        actor.byLevels.values,
      );
    loss +=
      penalty *
      backThroughLevels(
        actor.serverLevels.values,
        critic.serverLevels.values,
        critic.byServerLevels.values,
        penalty,
        actor.byServerLevels.values,
      );
    return loss;
  }

  /** From the loss by what choices weigh to that by logits, with the penalty's. @returns The mean square of logits. */
  #backThroughChoices(): number {
    const { penalty } = this.config;
    const actor = this.#actorPass;
    const { choices, choicePairs, userRows, sizes } = this.#now;
    const K = sizes.candidates;
    const logits = actor.logits.values;
    const byLogits = actor.byLogits.values.fill(0);
    const byWeights = this.#criticPass.byWeights.values;
    const starts = choices.starts.values;
    const pairs = choicePairs.columns.values;
    const count = userRows * K;
    let squares = 0;
    for (let v = 0; v < userRows; v++) {
      let mean = 0;
      for (let e = starts[v]!; e < starts[v + 1]!; e++) mean += this.#soft[pairs[e]!]! * byWeights[e]!;
      for (let e = starts[v]!; e < starts[v + 1]!; e++) {
        const pair = pairs[e]!;
        const logit = logits[pair]!;
        squares += logit * logit;
        byLogits[pair] = this.#soft[pair]! * (byWeights[e]! - mean) + (2 * penalty * logit) / count;
      }
    }
    return squares / count;
  }

  policy(): NamedNumbers {
    return new Map([["actor", this.actor.parameters.values.slice()]]);
  }

  protected networks(): NamedNumbers {
    return new Map([
      ...prefixed("actor", this.actor.snapshot()),
      ...prefixed("critic", this.critic.snapshot()),
      ...prefixed("targetActor", this.#targetActor.snapshot()),
      ...prefixed("targetCritic", this.#targetCritic.snapshot()),
    ]);
  }

  protected restoreNetworks(networks: NamedNumbers): void {
    this.actor.restore(within("actor", networks));
    this.critic.restore(within("critic", networks));
    this.#targetActor.restore(within("targetActor", networks));
    this.#targetCritic.restore(within("targetCritic", networks));
  }

  dispose(): void {
    for (const part of [
      this.#acting,
      this.#actorPass,
      this.#criticPass,
      this.#nextActor,
      this.#nextCritic,
      this.#now,
      this.#next,
      this.actor,
      this.critic,
      this.#targetActor,
      this.#targetCritic,
    ]) {
      part.dispose();
    }
  }
}

/** The mean of (Q − y)², and it by Q. */
function squaredErrors(values: Float32Array, targets: Float64Array, by: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < targets.length; at++) {
    const error = values[at]! - targets[at]!;
    sum += error * error;
    by[at] = (2 * error) / targets.length;
  }
  return sum / targets.length;
}

/** −share · mean over agents of ω · Q, and it by Q. */
function negativeWorth(
  values: Float32Array,
  weights: readonly number[],
  share: number,
  by: Float32Array,
): number {
  const heads = weights.length;
  const agents = values.length / heads;
  let sum = 0;
  for (let at = 0; at < values.length; at++) {
    const weight = weights[at % heads]!;
    sum += weight * values[at]!;
    by[at] = (-share * weight) / agents;
  }
  return (-share * sum) / agents;
}
