import { fillNormal } from "../../../numerics/fillNormal.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { HeapFloats } from "../../engine/HeapFloats.ts";
import {
  emptyAction,
  type GraphAction,
  type GraphEnvironment,
  type GraphObservation,
  serversOf,
} from "../environments/GraphEnvironment.ts";
import { EXPLORATION, type Exploration, type ExplorationSchedule, explorationIn } from "../exploration.ts";
import { type NamedNumbers, prefixed, takeNumbers, within } from "../namedNumbers.ts";
import type { GraphBatch } from "../networks/GraphBatch.ts";
import { ReplayBuffer } from "../ReplayBuffer.ts";

/** Acts in a graph environment without trying anything out. */
export interface GraphPolicy {
  /** Writes what everybody does. */
  act(seen: GraphObservation, action: GraphAction): void;
  dispose(): void;
}

/** What all learners from replayed moments are made with. */
export interface ReplayConfig {
  /** γ. */
  readonly discount: number;
  /** Moments of an update. */
  readonly batchSize: number;
  /** Moments that are kept. */
  readonly bufferSize: number;
  /** Steps of the environment from an update to the next. */
  readonly stepsAnUpdate: number;
  /** Share of the parameters by which a target follows in an update. */
  readonly targetShare: number;
  /** Episodes of random actions at first, without updates; none after a warm start. */
  readonly randomEpisodes: number;
  /** Probability of staying in them. */
  readonly staying: number;
  readonly exploration: ExplorationSchedule;
}

export const REPLAY_DEFAULTS: ReplayConfig = {
  discount: 0.95,
  batchSize: 32,
  bufferSize: 20_000,
  stepsAnUpdate: 2,
  targetShare: 5e-3,
  randomEpisodes: 8,
  staying: 0.85,
  exploration: EXPLORATION,
};

/** How long and from which draws something learns. */
export interface GraphLearnerOptions {
  /** Draws of initial networks, exploration and samples follow from it. */
  readonly seed: number;
  /** Episodes in all: exploration falls with them. */
  readonly episodes: number;
  /** The seed of each episode's environment. */
  readonly episodeSeed: (episode: number) => number;
}

/** What an episode of learning gave. */
export interface LearnedEpisode {
  /** From 0. */
  readonly episode: number;
  /** Sum of objectives, with what was tried out. */
  readonly reward: number;
  readonly updates: number;
  /** Means over the updates; 0 without any. */
  readonly losses: { readonly critic: number; readonly actor: number };
}

/** Losses of an update. */
export interface Losses {
  readonly critic: number;
  readonly actor: number;
}

/** What a critic of actions is asked about: candidates, and levels by rows of a batch. */
export interface ActionCritic {
  readonly levels: HeapFloats;
  readonly serverLevels: HeapFloats;
  choose(chosen: Int32Array): void;
}

/** Episodes, exploration and the buffer of learners from replayed moments; who acts and what is learned is the subclass's. */
export abstract class GraphLearner {
  readonly environment: GraphEnvironment;
  readonly buffer: ReplayBuffer;
  readonly #options: GraphLearnerOptions;
  readonly #config: ReplayConfig;
  readonly #warm: boolean;
  readonly #name: string;
  readonly #action: GraphAction;
  readonly #userNoise: Float64Array;
  readonly #serverNoise: Float64Array;
  readonly #places: Int32Array;
  readonly #nextPlaces: Int32Array;
  #episode = 0;

  protected constructor(
    environment: GraphEnvironment,
    options: GraphLearnerOptions,
    { name, config, warm }: { name: string; config: ReplayConfig; warm: boolean },
  ) {
    this.environment = environment;
    this.buffer = new ReplayBuffer(environment.sizes, config.bufferSize);
    this.#options = options;
    this.#config = config;
    this.#warm = warm;
    this.#name = name;
    this.#action = emptyAction(environment.sizes);
    this.#userNoise = new Float64Array(this.#action.levels.length);
    this.#serverNoise = new Float64Array(this.#action.servers.length);
    this.#places = new Int32Array(config.batchSize);
    this.#nextPlaces = new Int32Array(config.batchSize);
  }

  /** Episodes so far. */
  get episode(): number {
    return this.#episode;
  }

  /** Acts for an episode and learns from what is in the buffer meanwhile. */
  learnEpisode(): LearnedEpisode {
    const { environment, buffer } = this;
    const { seed, episodes, episodeSeed } = this.#options;
    const { stepsAnUpdate, exploration, randomEpisodes } = this.#config;
    const episode = this.#episode;
    // Draws are named by the episode, so a checkpoint between two needs no generator's state.
    const random = new SeededRandom(seed, this.#name, "episode", episode);
    const trying = explorationIn(exploration, episode, episodes, this.#warm);
    const blind = !this.#warm && episode < randomEpisodes;
    environment.reset(episodeSeed(episode));
    buffer.see(environment);
    let [reward, updates, critic, actor] = [0, 0, 0, 0];
    for (let step = 1; step <= environment.episodeSteps; step++) {
      if (blind) this.#actBlindly(random);
      else this.explore(environment, this.#action, trying, random);
      environment.step(this.#action);
      reward += environment.objective;
      buffer.did(this.#action, environment);
      buffer.see(environment);
      if (blind || step % stepsAnUpdate !== 0) continue;
      buffer.sample(random, this.#places, this.#nextPlaces);
      const losses = this.update(this.#places, this.#nextPlaces, random);
      updates++;
      critic += losses.critic;
      actor += losses.actor;
    }
    this.#episode++;
    const mean = (sum: number) => (updates === 0 ? 0 : sum / updates);
    return { episode, reward, updates, losses: { critic: mean(critic), actor: mean(actor) } };
  }

  /** Writes what everybody does, with what is tried out. */
  protected abstract explore(
    seen: GraphObservation,
    action: GraphAction,
    trying: Exploration,
    random: SeededRandom,
  ): void;

  /** Learns from rows of the buffer. @param places - Where each begins, and where the row after it does. */
  abstract update(places: Int32Array, nextPlaces: Int32Array, random: SeededRandom): Losses;

  /** The parameters that a policy acts by. */
  abstract policy(): NamedNumbers;
  /** Networks and optimizers, by name. */
  protected abstract networks(): NamedNumbers;
  protected abstract restoreNetworks(networks: NamedNumbers): void;
  abstract dispose(): void;

  /** Puts a random valid candidate in some users' place, and noise on all levels. */
  protected disturb(action: GraphAction, { random: share, levels }: Exploration, random: SeededRandom): void {
    const { chosen } = action;
    for (let v = 0; v < chosen.length; v++) {
      if (random.uniform() < share) chosen[v] = this.#randomCandidate(v, random);
    }
    fillNormal(this.#userNoise, random);
    fillNormal(this.#serverNoise, random);
    for (let v = 0; v < chosen.length; v++)
      action.levels[v] = clipped(action.levels[v]! + levels * this.#userNoise[v]!);
    for (let at = 0; at < action.servers.length; at++)
      action.servers[at] = clipped(action.servers[at]! + levels * this.#serverNoise[at]!);
  }

  /**
   * Has a critic be asked about what was done in rows of the buffer.
   *
   * @param places - Where each row begins. @param batch - What was seen in them.
   * @param chosen - Written: the candidates, by rows of the batch.
   */
  protected placeDone(
    places: Int32Array,
    { serverRow }: Pick<GraphBatch, "serverRow">,
    critic: ActionCritic,
    chosen: Int32Array,
  ): void {
    const { rows, parts } = this.buffer;
    const { sizes } = this.environment;
    const V = sizes.users;
    const M = serversOf(sizes);
    const each = sizes.serverLevels;
    const levels = critic.levels.values;
    const serverLevels = critic.serverLevels.values;
    for (let s = 0; s < places.length; s++) {
      const at = places[s]!;
      for (let v = 0; v < V; v++) {
        chosen[s * V + v] = rows[at + parts.chosen + v]!;
        levels[s * V + v] = rows[at + parts.levels + v]!;
      }
      for (let m = 0; m < M; m++) {
        const row = serverRow[s * M + m]!;
        for (let level = 0; level < each; level++)
          serverLevels[row * each + level] = rows[at + parts.serverLevels + m * each + level]!;
      }
    }
    critic.choose(chosen);
  }

  #actBlindly(random: SeededRandom): void {
    const { chosen, levels, servers } = this.#action;
    for (let v = 0; v < chosen.length; v++) {
      chosen[v] = random.uniform() < this.#config.staying ? 0 : this.#randomCandidate(v, random);
      levels[v] = random.uniform();
    }
    for (let at = 0; at < servers.length; at++) servers[at] = random.uniform();
    this.settle(this.#action, random);
  }

  /** Brings random actions to what the learner can do; all can be done unless told. */
  protected settle(_action: GraphAction, _random: SeededRandom): void {}

  #randomCandidate(v: number, random: SeededRandom): number {
    const { candidates, sizes } = this.environment;
    const K = sizes.candidates;
    let valid = 0;
    for (let k = 0; k < K; k++) if (candidates[v * K + k]! >= 0) valid++;
    let left = random.integer(valid);
    for (let k = 0; k < K; k++) {
      if (candidates[v * K + k]! < 0) continue;
      if (left === 0) return k;
      left--;
    }
    return 0;
  }

  /** All that the learner goes on from, by name; between two episodes. */
  snapshot(): NamedNumbers {
    return new Map([
      ["episode", Float64Array.of(this.#episode)],
      ...prefixed("networks", this.networks()),
      ...prefixed("buffer", this.buffer.snapshot()),
    ]);
  }

  /** Goes on from a snapshot of a learner that was made alike. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    this.#episode = takeNumbers(snapshot, "episode", 1)[0]!;
    this.restoreNetworks(within("networks", snapshot));
    this.buffer.restore(within("buffer", snapshot));
  }
}

function clipped(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}
