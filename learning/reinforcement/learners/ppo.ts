/**
 * Proximal policy optimization (Schulman et al. 2017) of one agent: a Gaussian actor
 * and a critic of its own, from acting to updating, top to bottom. `mddr.ts` and
 * `mappo.ts` let several learn at once; they differ in what the critic sees.
 *
 * | symbol | here                                                       |
 * | ------ | ---------------------------------------------------------- |
 * | s      | a row of `#seen`: the observation, normalized              |
 * | z      | a row of `#draws`: the action before it is squashed        |
 * | π      | Normal(`#actor`(s), exp(log σ)), each coordinate by itself |
 * | V      | `#critic` of a row of `#criticSeen`                        |
 */
import { fillNormal } from "../../../numerics/fillNormal.ts";
import { portableExp } from "../../../numerics/portableExp.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { shuffle } from "../../../numerics/shuffle.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Engine } from "../../engine/Engine.ts";
import type { HeapFloats } from "../../engine/HeapFloats.ts";
import { packOf } from "../../engine/packOf.ts";
import { type ClippedLoss, clippedLoss, HALF_LOG_TWO_PI } from "../clippedLoss.ts";
import type { Box } from "../environments/ParallelEnvironment.ts";
import { generalizedAdvantages } from "../generalizedAdvantages.ts";
import { type NamedNumbers, prefixed, within } from "../namedNumbers.ts";
import { Perceptron } from "../networks/Perceptron.ts";
import { RunningMoments } from "../RunningMoments.ts";

/** What can be chosen about a learner. */
export interface PpoConfig {
  /** Widths of the hidden layers of actor and critic. */
  readonly hidden: readonly number[];
  /** Steps of an agent, in all environments together, between two updates. */
  readonly bufferSize: number;
  /** How often an update goes through the buffer. */
  readonly epochs: number;
  /** Rows of a gradient; divides the buffer. */
  readonly minibatchSize: number;
  /** How far the odds of an action may move from what they were when it was drawn, before it counts no more. */
  readonly clip: number;
  /** Adam's rate, of actor and critic. */
  readonly learningRate: number;
  /** γ. */
  readonly discount: number;
  /** λ of {@link generalizedAdvantages}. */
  readonly lambda: number;
  /** Reward for an actor that tries much. */
  readonly entropyBonus: number;
  /** Whether rewards are centred, which is right where agents cannot make an episode longer or shorter. */
  readonly centredRewards: boolean;
  /** Longer gradients are scaled down to this norm, actor's and critic's apart. */
  readonly maxGradientNorm: number;
  /** log σ at first, before squashing; it is learned, and does not depend on what is seen. */
  readonly logDeviation: number;
}

/**
 * For a repeated game in which later rewards do not depend on present actions: γ = 0 is then
 * right: it learns model trading's prices in a third of the steps of γ = 0.95.
 */
export const PPO_DEFAULTS: PpoConfig = {
  hidden: [32, 32],
  bufferSize: 256,
  epochs: 4,
  minibatchSize: 128,
  clip: 0.2,
  learningRate: 3e-3,
  discount: 0,
  lambda: 0.95,
  entropyBonus: 0,
  centredRewards: true,
  maxGradientNorm: 5,
  logDeviation: -0.7,
};

/** What an update did: means over its gradients. */
export interface PpoUpdate {
  /** Gradient steps of actor and critic. */
  readonly gradients: number;
  /** Mean reward of the buffer, as the environment gave it. */
  readonly reward: number;
  readonly actorLoss: number;
  readonly valueLoss: number;
  /** How far the actor moved: mean of (ρ − 1) − ln ρ, an estimate of the divergence (Schulman 2020). */
  readonly divergence: number;
  /** σ, mean over coordinates. */
  readonly deviation: number;
}

/** Who learns, and from how much. */
export interface PpoAgentOptions {
  readonly name: string;
  readonly seed: number;
  readonly config: PpoConfig;
  /** E: environments whose rows come together. */
  readonly count: number;
  readonly observationSize: number;
  /** Numbers that the critic sees; it sees what the actor does unless given. */
  readonly criticSize?: number;
  readonly space: Box;
}

export class PpoAgent {
  readonly name: string;
  readonly #options: PpoAgentOptions;
  readonly #actor: Perceptron;
  readonly #critic: Perceptron;
  readonly #seenMoments: RunningMoments;
  readonly #criticMoments: RunningMoments;
  readonly #rewardMoments: RunningMoments;
  // The buffer, row t·E + e.
  readonly #seen: HeapFloats;
  readonly #criticSeen: HeapFloats;
  readonly #criticNext: HeapFloats;
  readonly #draws: Float64Array;
  readonly #logOdds: Float64Array;
  readonly #rewards: Float64Array;
  readonly #scaled: Float64Array;
  readonly #terminated: Uint8Array;
  readonly #truncated: Uint8Array;
  readonly #values: Float64Array;
  readonly #nextValues: Float64Array;
  readonly #advantages: Float64Array;
  readonly #order: Int32Array;
  // A minibatch.
  readonly #someSeen: HeapFloats;
  readonly #someCriticSeen: HeapFloats;
  readonly #deviations: Float64Array;
  /** Draws of one step, [E, size]. */
  readonly #noise: Float64Array;
  #rows = 0;
  #updates = 0;
  #random: SeededRandom;

  /** @throws BaseError `LEARNER_BUFFER` when the buffer's size does not fit. */
  constructor(engine: Engine, options: PpoAgentOptions) {
    const { name, seed, config, count, observationSize, space } = options;
    const criticSize = options.criticSize ?? observationSize;
    const { bufferSize, minibatchSize, hidden } = config;
    if (bufferSize % count !== 0 || bufferSize % minibatchSize !== 0) {
      throw new BaseError("LEARNER_BUFFER", "The buffer is no multiple of environments and of minibatches.", {
        details: `${bufferSize} rows, ${count} environments, minibatches of ${minibatchSize}.`,
      });
    }
    const pack = packOf(engine);
    const rows = Math.max(count, minibatchSize);
    this.name = name;
    this.#options = options;
    this.#actor = new Perceptron(engine, {
      widths: [observationSize, ...hidden, space.size],
      rows,
      extra: space.size,
    });
    this.#critic = new Perceptron(engine, { widths: [criticSize, ...hidden, 1], rows: bufferSize });
    const random = new SeededRandom(seed, "ppo", name, "initial");
    this.#actor.initialize(random, 0.01);
    this.#critic.initialize(random, 1);
    const { values } = this.#actor.parameters;
    values.fill(config.logDeviation, values.length - space.size);
    this.#rewardMoments = new RunningMoments(1, { centred: config.centredRewards });
    this.#seenMoments = new RunningMoments(observationSize, { centred: false });
    this.#seen = pack.floats(bufferSize * observationSize);
    const central = options.criticSize !== undefined;
    this.#criticMoments = central ? new RunningMoments(criticSize, { centred: false }) : this.#seenMoments;
    this.#criticSeen = central ? pack.floats(bufferSize * criticSize) : this.#seen;
    this.#criticNext = pack.floats(bufferSize * criticSize);
    this.#draws = new Float64Array(bufferSize * space.size);
    this.#logOdds = new Float64Array(bufferSize);
    this.#rewards = new Float64Array(bufferSize);
    this.#scaled = new Float64Array(bufferSize);
    this.#terminated = new Uint8Array(bufferSize);
    this.#truncated = new Uint8Array(bufferSize);
    this.#values = new Float64Array(bufferSize);
    this.#nextValues = new Float64Array(bufferSize);
    this.#advantages = new Float64Array(bufferSize);
    this.#order = new Int32Array(bufferSize);
    this.#someSeen = pack.floats(rows * observationSize);
    this.#someCriticSeen = pack.floats(minibatchSize * criticSize);
    this.#deviations = new Float64Array(space.size);
    this.#noise = new Float64Array(count * space.size);
    this.#random = this.#stream();
  }

  /** Whether the buffer is full, so that {@link update} is next. */
  get full(): boolean {
    return this.#rows === this.#rewards.length;
  }

  /**
   * Draws an action for each environment and keeps it in the buffer.
   *
   * @param observations - [E, observationSize].
   * @param actions - [E, size]: written, within the space's bounds.
   * @param criticSees - [E, criticSize], of a critic that sees something else.
   */
  act(observations: Float64Array, actions: Float64Array, criticSees?: Float64Array): void {
    const { count, space, observationSize } = this.#options;
    const first = this.#rows;
    this.#seenMoments.add(observations);
    this.#seenMoments.normalize(observations, this.#seen.values, first * observationSize);
    if (criticSees !== undefined) {
      this.#criticMoments.add(criticSees);
      this.#criticMoments.normalize(criticSees, this.#criticSeen.values, first * this.#criticMoments.size);
    }
    const means = this.#actor.forward(this.#seen, first, count);
    const deviations = this.#currentDeviations();
    const logDeviations = this.#logDeviations();
    const { size } = space;
    fillNormal(this.#noise, this.#random);
    for (let row = 0; row < count; row++) {
      let logOdds = 0;
      for (let column = 0; column < size; column++) {
        const noise = this.#noise[row * size + column]!;
        const draw = means[row * size + column]! + deviations[column]! * noise;
        logOdds -= 0.5 * noise * noise + logDeviations[column]! + HALF_LOG_TWO_PI;
        this.#draws[(first + row) * size + column] = draw;
        actions[row * size + column] = squashed(draw, space);
      }
      this.#logOdds[first + row] = logOdds;
    }
  }

  /**
   * The actor's mean for rows of observations, at most E: what learning settles on.
   * Nothing is kept, so it may be asked at any time.
   */
  actWithoutNoise(observations: Float64Array, actions: Float64Array): void {
    const { space, observationSize } = this.#options;
    this.#seenMoments.normalize(observations, this.#someSeen.values);
    const means = this.#actor.forward(this.#someSeen, 0, observations.length / observationSize);
    for (let index = 0; index < actions.length; index++) actions[index] = squashed(means[index]!, space);
  }

  /** Takes in what the last {@link act} earned: [E] each, and what the critic sees at the step's end. */
  observe(
    rewards: Float64Array,
    terminated: Uint8Array,
    truncated: Uint8Array,
    criticSeesNext: Float64Array,
  ): void {
    this.#rewards.set(rewards, this.#rows);
    this.#terminated.set(terminated, this.#rows);
    this.#truncated.set(truncated, this.#rows);
    if (this.#options.config.discount > 0) {
      const first = this.#rows * this.#criticMoments.size;
      this.#criticMoments.normalize(criticSeesNext, this.#criticNext.values, first);
    }
    this.#rows += rewards.length;
  }

  /** Learns from the full buffer, and empties it. */
  update(): PpoUpdate {
    const { config, count } = this.#options;
    const { bufferSize, minibatchSize, epochs } = config;
    this.#rewardMoments.add(this.#rewards);
    this.#rewardMoments.normalize(this.#rewards, this.#scaled);
    this.#valuesOf(this.#criticSeen, this.#values);
    if (config.discount > 0) this.#valuesOf(this.#criticNext, this.#nextValues);
    generalizedAdvantages(
      {
        count,
        rewards: this.#scaled,
        values: this.#values,
        nextValues: this.#nextValues,
        terminated: this.#terminated,
        truncated: this.#truncated,
        discount: config.discount,
        lambda: config.lambda,
      },
      this.#advantages,
    );
    for (let row = 0; row < bufferSize; row++) this.#order[row] = row;
    const sums = { actorLoss: 0, valueLoss: 0, divergence: 0 };
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(this.#order, this.#random);
      for (let begin = 0; begin < bufferSize; begin += minibatchSize) {
        const rows = this.#order.subarray(begin, begin + minibatchSize);
        const { loss, divergence } = this.#improveActor(rows);
        sums.actorLoss += loss;
        sums.divergence += divergence;
        sums.valueLoss += this.#improveCritic(rows);
      }
    }
    const gradients = (epochs * bufferSize) / minibatchSize;
    this.#rows = 0;
    this.#updates++;
    this.#random = this.#stream();
    return {
      gradients,
      reward: mean(this.#rewards),
      actorLoss: sums.actorLoss / gradients,
      valueLoss: sums.valueLoss / gradients,
      divergence: sums.divergence / gradients,
      deviation: mean(this.#currentDeviations()),
    };
  }

  /** A step along the gradient of {@link clippedLoss} over some rows. */
  #improveActor(rows: Int32Array): ClippedLoss {
    const { config, space, observationSize } = this.#options;
    gather(this.#seen.values, rows, observationSize, this.#someSeen.values);
    const means = this.#actor.forward(this.#someSeen, 0, rows.length);
    const { gradient } = this.#actor;
    const loss = clippedLoss({
      means,
      deviations: this.#currentDeviations(),
      logDeviations: this.#logDeviations(),
      draws: this.#draws,
      logOdds: this.#logOdds,
      advantages: this.#advantages,
      rows,
      config,
      byMean: this.#actor.byOutput(rows.length),
      byLogDeviation: gradient.values.subarray(gradient.length - space.size),
    });
    this.#actor.backward();
    this.#actor.step(config.learningRate, config.maxGradientNorm);
    return loss;
  }

  /** A step along the gradient of ½ mean((V(s) − return)²) over some rows, where the return is A + V_old(s). */
  #improveCritic(rows: Int32Array): number {
    const { config } = this.#options;
    const count = rows.length;
    gather(this.#criticSeen.values, rows, this.#criticMoments.size, this.#someCriticSeen.values);
    const values = this.#critic.forward(this.#someCriticSeen, 0, count);
    const byValue = this.#critic.byOutput(count);
    let loss = 0;
    for (let index = 0; index < count; index++) {
      const row = rows[index]!;
      const error = values[index]! - (this.#advantages[row]! + this.#values[row]!);
      loss += 0.5 * error * error;
      byValue[index] = error / count;
    }
    this.#critic.backward();
    this.#critic.step(config.learningRate, config.maxGradientNorm);
    return loss / count;
  }

  #valuesOf(seen: HeapFloats, to: Float64Array): void {
    const values = this.#critic.forward(seen, 0, to.length);
    for (let row = 0; row < to.length; row++) to[row] = values[row]!;
  }

  #logDeviations(): Float32Array {
    const { values } = this.#actor.parameters;
    return values.subarray(values.length - this.#options.space.size);
  }

  #currentDeviations(): Float64Array {
    const logDeviations = this.#logDeviations();
    for (let column = 0; column < logDeviations.length; column++) {
      this.#deviations[column] = portableExp(logDeviations[column]!);
    }
    return this.#deviations;
  }

  /** Draws until the next update: named by the number of updates, so a checkpoint needs no generator's state. */
  #stream(): SeededRandom {
    return new SeededRandom(this.#options.seed, "ppo", this.name, "update", this.#updates);
  }

  /** All that the agent has learned, by name; for checkpoints, just after an {@link update}. */
  snapshot(): NamedNumbers {
    return new Map([
      ...prefixed("actor", this.#actor.snapshot()),
      ...prefixed("critic", this.#critic.snapshot()),
      ...prefixed("observations", this.#seenMoments.snapshot()),
      // The same once more where the critic sees no more.
      ...prefixed("criticSees", this.#criticMoments.snapshot()),
      ...prefixed("rewards", this.#rewardMoments.snapshot()),
      ["updates", Float64Array.of(this.#updates)],
    ]);
  }

  /** Goes on from a snapshot of an agent with the same options. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    this.#actor.restore(within("actor", snapshot));
    this.#critic.restore(within("critic", snapshot));
    this.#seenMoments.restore(within("observations", snapshot));
    this.#criticMoments.restore(within("criticSees", snapshot));
    this.#rewardMoments.restore(within("rewards", snapshot));
    this.#updates = snapshot.get("updates")![0]!;
    this.#rows = 0;
    this.#random = this.#stream();
  }

  dispose(): void {
    this.#actor.dispose();
    this.#critic.dispose();
    const places = [this.#seen, this.#criticSeen, this.#criticNext, this.#someSeen, this.#someCriticSeen];
    for (const floats of new Set(places)) floats.dispose();
  }
}

/** low + (high − low) · logistic(z): any real number becomes an action. */
function squashed(draw: number, { low, high }: Box): number {
  return low + (high - low) / (1 + portableExp(-draw));
}

/** Copies some rows of [·, size]. */
function gather(from: Float32Array, rows: Int32Array, size: number, to: Float32Array): void {
  for (let index = 0, at = 0; index < rows.length; index++) {
    const begin = rows[index]! * size;
    for (let column = 0; column < size; column++) to[at++] = from[begin + column]!;
  }
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}
