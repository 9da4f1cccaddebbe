import type { DerivedGame } from "./DerivedGame.ts";
import { checkContributions, decoupledPrices } from "./decoupledPrices.ts";
import { decreasingFixedPoint } from "./decreasingFixedPoint.ts";
import { priceRoot } from "./priceRoot.ts";

/** Prices after best responses in turn. */
export interface CoupledPrices {
  /** p_mn. [M·N] */
  prices: Float64Array;
  /** Sweeps over all MSPs, the last one included. */
  sweeps: number;
  /** Largest relative change of u in the last sweep. */
  change: number;
}

/** Sweeps end when no u changed by this share … */
const SETTLED = 1e-11;
/** … or after so many. */
const MOST_SWEEPS = 200;

/**
 * Equilibrium prices when budgets may bind: then MSPs compete for CPU and bandwidth. Each in turn answers the others'
 * newest prices (Gauss-Seidel), all MUs serving all MSPs and C2 slack.
 *
 * Where a budget binds strictly, the limit does not depend on the start; where it just begins to, there is a continuum
 * of equilibria, and it does.
 *
 * @param start - p_mn > 0; the mandatory prices of the decoupled problem unless given. [M·N]
 * @throws TradingError `DOMAIN` for I_mn = 0.
 */
export function coupledPrices(game: DerivedGame, start?: Float64Array): CoupledPrices {
  checkContributions(game);
  const { contribution, providers } = game;
  const first = start ?? decoupledPrices(game, "mandatory").prices;
  const offers = first.map((price, at) => Math.sqrt(price * contribution[at]!));
  const response = new ColumnResponse(game);
  let sweeps = 0;
  let change = Number.POSITIVE_INFINITY;
  while (sweeps < MOST_SWEEPS && !(change < SETTLED)) {
    change = 0;
    for (let n = 0; n < providers; n++) change = Math.max(change, response.answer(offers, n));
    sweeps++;
  }
  return { prices: offers.map((u, at) => (u * u) / contribution[at]!), sweeps, change };
}

/**
 * One MSP's best response to the others' prices. To MU m, V(u) = I (h − (√a √C_f + √b' √C_B)/u), where √C_f and √C_B
 * rise with u once the CPU or the bandwidth binds: V = I (H − α/u) with H and α that change at those two offers. Between
 * them the first-order condition is that of the decoupled problem, 2Hu³ − αu² = λIα, so its root is (α/H)·w with 2w³ −
 * w² = λIH²/α²; at the two, V' falls, and the best u may be there.
 */
class ColumnResponse {
  readonly #game: DerivedGame;
  /** H of the three stretches between offers at which a budget begins to bind, s; MU after MU. [3 M] */
  readonly #slack: Float64Array;
  /** α of the three. [3 M] */
  readonly #root: Float64Array;
  /** Where the first and the second stretch end: u, √(currency/s). [2 M] */
  readonly #ends: Float64Array;
  /** S_n of each MSP's last response, IoM. [N] */
  readonly #bought: Float64Array;
  /** V of the response that was computed last. */
  #value = 0;

  constructor(game: DerivedGame) {
    this.#game = game;
    this.#slack = new Float64Array(3 * game.users);
    this.#root = new Float64Array(3 * game.users);
    this.#ends = new Float64Array(2 * game.users);
    this.#bought = new Float64Array(game.providers);
  }

  /**
   * Replaces column n of u_mn by MSP n's best response.
   *
   * @returns The largest relative change in it.
   */
  answer(offers: Float64Array, n: number): number {
    const { users, providers, profit } = this.#game;
    for (let m = 0; m < users; m++) this.#prepare(offers, m, n);
    const bought = decreasingFixedPoint((S) => {
      const lambda = profit[n]! / (1 + S);
      let sum = 0;
      for (let m = 0; m < users; m++) {
        this.#offer(m, n, lambda);
        sum += Math.max(0, this.#value);
      }
      return sum;
    }, this.#bought[n]);
    this.#bought[n] = bought;
    const lambda = profit[n]! / (1 + bought);
    let change = 0;
    for (let m = 0; m < users; m++) {
      const at = m * providers + n;
      const u = this.#offer(m, n, lambda);
      change = Math.max(change, Math.abs(u - offers[at]!) / u);
      offers[at] = u;
    }
    return change;
  }

  /** Finds MU m's stretches, the other columns given. */
  #prepare(offers: Float64Array, m: number, n: number): void {
    const { providers, workRoot, airtimeRoot, cpuBudget, radioMegahertz, gigahertzCost, bandwidthCost } =
      this.#game;
    const row = m * providers;
    let othersCpu = 0;
    let othersRadio = 0;
    for (let other = 0; other < providers; other++) {
      if (other === n) continue;
      othersCpu += offers[row + other]! * workRoot[row + other]!;
      othersRadio += offers[row + other]! * airtimeRoot[row + other]!;
    }
    const s = workRoot[row + n]!;
    const t = airtimeRoot[row + n]!;
    const cpu = cpuBudget[m]!;
    const radio = radioMegahertz[m]!;
    const cpuRoot = Math.sqrt(gigahertzCost[m]!);
    const radioRoot = Math.sqrt(bandwidthCost[m]!);
    const cpuBinds = (cpuRoot * cpu - othersCpu) / s;
    const radioBinds = (radioRoot * radio - othersRadio) / t;
    this.#ends[2 * m] = Math.min(cpuBinds, radioBinds);
    this.#ends[2 * m + 1] = Math.max(cpuBinds, radioBinds);
    for (let stretch = 0; stretch < 3; stretch++) {
      const cpuBound = stretch === 2 || (stretch === 1 && cpuBinds <= radioBinds);
      const radioBound = stretch === 2 || (stretch === 1 && cpuBinds > radioBinds);
      const own = (cpuBound ? (s * s) / cpu : 0) + (radioBound ? (t * t) / radio : 0);
      this.#slack[3 * m + stretch] = this.#game.halfDeadline[n]! - own;
      this.#root[3 * m + stretch] =
        s * (cpuBound ? othersCpu / cpu : cpuRoot) + t * (radioBound ? othersRadio / radio : radioRoot);
    }
  }

  /** The best u for MU m when a further unit of IoM is worth λ; V at it goes to `#value`. */
  #offer(m: number, n: number, lambda: number): number {
    const I = this.#game.contribution[m * this.#game.providers + n]!;
    // A price above λ loses by every unit.
    const highest = Math.sqrt(lambda * I);
    let start = 0;
    for (let stretch = 0; stretch < 3; stretch++) {
      const end = stretch < 2 ? Math.min(highest, this.#ends[2 * m + stretch]!) : highest;
      if (end <= start) continue;
      const H = this.#slack[3 * m + stretch]!;
      const alpha = this.#root[3 * m + stretch]!;
      // Below c = 1 V is not positive anywhere in (0, √(λI)).
      const c = (lambda * I * H * H) / (alpha * alpha);
      const w = (end * H) / alpha;
      if (H > 0 && c > 1 && w * w * (2 * w - 1) > c) {
        return this.#at(m, stretch, I, Math.max(start, (alpha / H) * priceRoot(c)));
      }
      start = end;
      if (end === highest) break;
    }
    return this.#at(m, 2, I, highest);
  }

  #at(m: number, stretch: number, I: number, u: number): number {
    this.#value = I * (this.#slack[3 * m + stretch]! - this.#root[3 * m + stretch]! / u);
    return u;
  }
}
