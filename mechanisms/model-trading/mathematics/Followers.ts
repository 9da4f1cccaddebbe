import { addedUtility, bestSet } from "./bestSet.ts";
import type { DerivedGame } from "./DerivedGame.ts";
import { feasibilityIndex, LARGEST_INDEX } from "./feasibility.ts";
import { mayJoin, type Participation } from "./participation.ts";
import { providerUtilities } from "./providerUtility.ts";
import { type ShadowPrices, shadowPrices } from "./shadowPrices.ts";

/**
 * The lower level: the MUs' best responses to prices, Problem 1 (eq. 11) with all its constraints. What they are is in
 * the arrays, which the next response overwrites.
 *
 * A rational MU takes the best of all sets of MSPs (`bestSet.ts`). There is nothing to search where each MSP that may be
 * in adds something at the shadow prices of all of them, and then nothing is allocated.
 *
 * @example
 * const followers = new Followers(deriveGame(game), "rational");
 * followers.respond(prices); // p_mn, [M·N]
 * followers.value; // V_mn, [M·N]
 * followers.providerUtilities(prices); // Ψ_n, [N]
 */
export class Followers {
  readonly game: DerivedGame;
  readonly participation: Participation;
  /** f_mn, GHz. [M·N] */
  readonly computation: Float64Array;
  /** B_mn, MHz. [M·N] */
  readonly bandwidth: Float64Array;
  /** V_mn, IoM; exactly 0 where C2 binds or the MU stays away. [M·N] */
  readonly value: Float64Array;
  /** 1 where MU m serves MSP n. [M·N] */
  readonly served: Uint8Array;
  /** δ_mn, currency/s: multiplier of C2, q_mn − p_mn I_mn. [M·N] */
  readonly deadlineMultiplier: Float64Array;
  /** ν_m, currency/GHz: multiplier of the CPU budget. [M] */
  readonly cpuMultiplier: Float64Array;
  /** β_m, currency/MHz: multiplier of the bandwidth budget. [M] */
  readonly radioMultiplier: Float64Array;
  /** Φ_m, currency. [M] */
  readonly utility: Float64Array;
  /** Index of the set that is served; of all MSPs where `feasible` is 0. [M] */
  readonly index: Float64Array;
  /** 0 where a mandatory MU cannot serve all MSPs: it does nothing then. [M] */
  readonly feasible: Uint8Array;

  readonly #offers: Float64Array;
  readonly #candidates: Int32Array;
  readonly #shadow: ShadowPrices = { cpuRoot: 0, radioRoot: 0 };

  constructor(game: DerivedGame, participation: Participation) {
    const { users, providers } = game;
    this.game = game;
    this.participation = participation;
    this.computation = new Float64Array(users * providers);
    this.bandwidth = new Float64Array(users * providers);
    this.value = new Float64Array(users * providers);
    this.served = new Uint8Array(users * providers);
    this.deadlineMultiplier = new Float64Array(users * providers);
    this.cpuMultiplier = new Float64Array(users);
    this.radioMultiplier = new Float64Array(users);
    this.utility = new Float64Array(users);
    this.index = new Float64Array(users);
    this.feasible = new Uint8Array(users);
    this.#offers = new Float64Array(providers);
    this.#candidates = new Int32Array(providers);
  }

  /**
   * All MUs answer.
   *
   * @param prices - p_mn ≥ 0, currency/IoM. [M·N]
   */
  respond(prices: Float64Array): void {
    for (let m = 0; m < this.game.users; m++) this.respondOne(m, prices);
  }

  /** MU m answers its row of the prices. */
  respondOne(m: number, prices: Float64Array): void {
    const { providers, contribution, threshold } = this.game;
    const rational = this.participation === "rational";
    const row = m * providers;
    let size = 0;
    for (let n = 0; n < providers; n++) {
      const offer = Math.sqrt(prices[row + n]! * contribution[row + n]!);
      this.#offers[n] = offer;
      if (!rational || mayJoin(offer, threshold[row + n]!)) this.#candidates[size++] = n;
    }
    const index = feasibilityIndex(this.game, m, this.#candidates, size);
    const servable = index < LARGEST_INDEX;
    this.feasible[m] = rational || servable ? 1 : 0;
    if (servable) this.#solve(m, this.#candidates, size);
    if (servable && (!rational || this.#everyOneAdds(m, size))) {
      this.#allocate(m, prices, this.#candidates, size, index);
    } else if (rational) {
      const { set } = bestSet(this.game, m, this.#offers, Array.from(this.#candidates.subarray(0, size)));
      this.#solve(m, set, set.length);
      this.#allocate(m, prices, set, set.length, feasibilityIndex(this.game, m, set));
    } else {
      this.#allocate(m, prices, this.#candidates, 0, index);
    }
  }

  /** Ψ_n of all MSPs at the prices that were answered last, eq. 12. [N] */
  providerUtilities(prices: Float64Array): Float64Array {
    return providerUtilities(this.game, prices, this.value);
  }

  /** Shadow prices of a set that can be served. */
  #solve(m: number, set: ArrayLike<number>, size: number): void {
    shadowPrices(this.game, m, this.#offers, set, size, this.#shadow);
  }

  /** Whether each MSP of the set that was solved adds something at its shadow prices: then no part of it pays more. */
  #everyOneAdds(m: number, size: number): boolean {
    for (let i = 0; i < size; i++) {
      const n = this.#candidates[i]!;
      if (addedUtility(this.game, m, n, this.#offers[n]!, this.#shadow) < 0) return false;
    }
    return true;
  }

  /** Writes MU m's response on a set, at the shadow prices that were solved for it. */
  #allocate(m: number, prices: Float64Array, set: ArrayLike<number>, size: number, index: number): void {
    const { game } = this;
    const { cpuRoot: x, radioRoot: y } = this.#shadow;
    const row = m * game.providers;
    for (let at = row; at < row + game.providers; at++) {
      this.computation[at] = 0;
      this.bandwidth[at] = 0;
      this.value[at] = 0;
      this.served[at] = 0;
      this.deadlineMultiplier[at] = 0;
    }
    let utility = 0;
    for (let i = 0; i < size; i++) {
      const n = set[i]!;
      const at = row + n;
      const s = game.workRoot[at]!;
      const t = game.airtimeRoot[at]!;
      const h = game.halfDeadline[n]!;
      const u = this.#offers[n]!;
      const root = s * x + t * y;
      const r = Math.max(u, root / h);
      const f = (r * s) / x;
      const B = (r * t) / y;
      // T^c + T^t = root / r.
      const V = r > u ? 0 : Math.max(0, game.contribution[at]! * (h - root / u));
      this.computation[at] = f;
      this.bandwidth[at] = B;
      this.value[at] = V;
      this.served[at] = 1;
      this.deadlineMultiplier[at] = r > u ? r * r - u * u : 0;
      utility += prices[at]! * V - game.gigahertzCost[m]! * f - game.bandwidthCost[m]! * B;
    }
    this.cpuMultiplier[m] = size === 0 ? 0 : multiplier(x, game.gigahertzCost[m]!);
    this.radioMultiplier[m] = size === 0 ? 0 : multiplier(y, game.bandwidthCost[m]!);
    this.utility[m] = utility;
    this.index[m] = index;
  }
}

/** ν or β; exactly 0 where the budget is slack. */
function multiplier(root: number, cost: number): number {
  return root > Math.sqrt(cost) ? root * root - cost : 0;
}
