import type {
  BoxEnvironment,
  ByAgent,
  Step,
} from "../../../learning/reinforcement/environments/ParallelEnvironment.ts";
import { type DerivedGame, withChannels } from "../mathematics/DerivedGame.ts";
import { Followers } from "../mathematics/Followers.ts";
import type { Participation } from "../mathematics/participation.ts";
import { providerUtility } from "../mathematics/providerUtility.ts";
import { Fading } from "./Fading.ts";

/** A market in which MSPs learn to set prices. */
export interface PricingMarket {
  /** At the mean of its channels. */
  readonly game: DerivedGame;
  readonly participation: Participation;
  /** p_min and p_max, currency/IoM. */
  readonly lowestPrice: number;
  readonly highestPrice: number;
  /** ρ of {@link Fading}; without it the channels stay as they are. */
  readonly fadingCorrelation?: number;
  /** Stages after which an episode is cut off. */
  readonly stages: number;
}

/**
 * The multi-MSP rewarding game as an environment (Section VI-A): at each stage the MSPs
 * set a price for each MU, all MUs answer, and each MSP earns Ψ_n (eq. 12).
 *
 * | symbol | here                                                                    |
 * | ------ | ----------------------------------------------------------------------- |
 * | s_n(k) | `observations["msp-n"]`: V_1n … V_Mn of the last stage, 0 before the first |
 * | p_n(k) | `actions["msp-n"]`: p_1n … p_Mn                                          |
 * | U_n(k) | `rewards["msp-n"]`: Ψ_n                                                  |
 * | S(k)   | `state()`: s_1(k), …, s_N(k)                                             |
 *
 * An MSP sees what it bought and what it paid for it, and nothing else: no cost, budget
 * or channel of an MU, and no price or profit of another MSP.
 */
export class PricingEnvironment implements BoxEnvironment {
  readonly agents: readonly string[];
  readonly stateSize: number;
  /** The game of the present stage. */
  readonly game: DerivedGame;
  readonly #market: PricingMarket;
  readonly #followers: Followers;
  readonly #fading: Fading | undefined;
  readonly #signalToNoise: Float64Array;
  readonly #prices: Float64Array;
  readonly #state: Float64Array;
  readonly #observations: Record<string, Float64Array>;
  readonly #rewards: Record<string, number>;
  readonly #terminations: ByAgent<boolean>;
  readonly #truncations: Record<string, boolean>;
  readonly #step: Step<Float64Array>;
  #stage = 0;

  constructor(market: PricingMarket) {
    const { users, providers } = market.game;
    const pairs = users * providers;
    this.#market = market;
    this.agents = Array.from({ length: providers }, (_, n) => `msp-${n + 1}`);
    this.stateSize = pairs;
    // Its own arrays of what fading changes, which are written in place.
    this.game = withChannels(market.game, market.game.signalToNoise);
    this.#followers = new Followers(this.game, market.participation);
    if (market.fadingCorrelation !== undefined) this.#fading = new Fading(pairs, market.fadingCorrelation);
    this.#signalToNoise = new Float64Array(pairs);
    this.#prices = new Float64Array(pairs);
    this.#state = new Float64Array(pairs);
    const each = <T>(value: (n: number) => T): Record<string, T> =>
      Object.fromEntries(this.agents.map((name, n) => [name, value(n)]));
    this.#observations = each((n) => this.#state.subarray(n * users, (n + 1) * users));
    this.#rewards = each(() => 0);
    this.#terminations = each(() => false);
    this.#truncations = each(() => false);
    this.#step = {
      observations: this.#observations,
      rewards: this.#rewards,
      terminations: this.#terminations,
      truncations: this.#truncations,
    };
  }

  /** Φ_m of the last stage, for reports: no agent sees it. [M] */
  get userUtilities(): Float64Array {
    return this.#followers.utility;
  }

  observationSize(): number {
    return this.#market.game.users;
  }

  actionSpace(): { size: number; low: number; high: number } {
    const { game, lowestPrice, highestPrice } = this.#market;
    return { size: game.users, low: lowestPrice, high: highestPrice };
  }

  reset(seed: number): ByAgent<Float64Array> {
    this.#stage = 0;
    this.#state.fill(0);
    this.#fading?.reset(seed);
    this.#tune();
    return this.#observations;
  }

  step(actions: ByAgent<Float64Array>): Step<Float64Array> {
    const { users, providers } = this.game;
    for (let n = 0; n < providers; n++) {
      const prices = actions[this.agents[n]!]!;
      for (let m = 0; m < users; m++) this.#prices[m * providers + n] = prices[m]!;
    }
    this.#followers.respond(this.#prices);
    const { value } = this.#followers;
    this.#stage++;
    const over = this.#stage >= this.#market.stages;
    for (let n = 0; n < providers; n++) {
      let bought = 0;
      let paid = 0;
      for (let m = 0; m < users; m++) {
        const V = value[m * providers + n]!;
        this.#state[n * users + m] = V;
        bought += V;
        paid += this.#prices[m * providers + n]! * V;
      }
      const name = this.agents[n]!;
      this.#rewards[name] = providerUtility(this.game.profit[n]!, bought, paid);
      this.#truncations[name] = over;
    }
    if (this.#fading !== undefined) {
      this.#fading.advance();
      this.#tune();
    }
    return this.#step;
  }

  state(): Float64Array {
    return this.#state;
  }

  snapshot(): Float64Array {
    return Float64Array.from([this.#stage, ...this.#state, ...(this.#fading?.snapshot() ?? [])]);
  }

  restore(snapshot: ArrayLike<number>): void {
    const [stage, ...rest] = Array.from(snapshot);
    this.#stage = stage!;
    this.#state.set(rest.slice(0, this.stateSize));
    this.#fading?.restore(rest.slice(this.stateSize));
    this.#tune();
  }

  /** Brings the game to the channels of the present stage. */
  #tune(): void {
    if (this.#fading === undefined) return;
    const { signalToNoise } = this.#market.game;
    const { gains } = this.#fading;
    for (let at = 0; at < gains.length; at++) this.#signalToNoise[at] = signalToNoise[at]! * gains[at]!;
    const { airtimeRoot, costRoot, threshold } = withChannels(this.#market.game, this.#signalToNoise);
    this.game.airtimeRoot.set(airtimeRoot);
    this.game.costRoot.set(costRoot);
    this.game.threshold.set(threshold);
  }
}
