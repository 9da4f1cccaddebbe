import type { DerivedGame } from "./DerivedGame.ts";
import { decreasingFixedPoint } from "./decreasingFixedPoint.ts";
import { priceRoot } from "./priceRoot.ts";
import { providerUtility } from "./providerUtility.ts";
import { squared } from "./squared.ts";

/** What one MSP knows of its MUs in the decoupled problem, where no budget binds: two numbers each. */
export interface ProviderColumn {
  /** μ, currency. */
  profit: number;
  /** F²/I, currency/IoM: below this price C2 binds; a rational MU joins from four times it on. [M] */
  entryPrice: Float64Array;
  /** I h, IoM: what V comes close to when the price is high. [M] */
  mostValue: Float64Array;
}

/** Prices of one MSP for the MUs that it serves, and what they bring. */
export interface ColumnPrices {
  /** p_m, currency/IoM, for each MU served, in the set's order. */
  prices: Float64Array;
  /** V_m, IoM. */
  value: Float64Array;
  /** S = ΣV, IoM. */
  bought: number;
  /** Ψ, currency. */
  utility: number;
  /** Least u/F of the MUs served. */
  leastRoot: number;
}

/** The column of MSP n. */
export function providerColumn(game: DerivedGame, n: number): ProviderColumn {
  const at = (m: number) => m * game.providers + n;
  const perUser = (of: (at: number) => number) =>
    Float64Array.from({ length: game.users }, (_, m) => of(at(m)));
  return {
    profit: game.profit[n]!,
    entryPrice: perUser((i) => squared(game.threshold[i]!) / game.contribution[i]!),
    mostValue: perUser((i) => game.contribution[i]! * game.halfDeadline[n]!),
  };
}

/**
 * w = u/F that an MSP offers an MU when a further unit of IoM is worth λ to it.
 *
 * @param least - φ: 1 where MUs are held to C2, 2 where they may stay away.
 */
export function offerAt(lambda: number, entryPrice: number, least: number): number {
  return Math.max(least, priceRoot(lambda / entryPrice));
}

/**
 * The best prices of an MSP for a set of MUs, the others priced out: u_m = max(root, φ F_m), λ = μ/(1 + S), and S is
 * the one number with ΣV_m = S.
 *
 * @param set - MUs served; the first `size` entries count.
 * @param least - φ, 1 or 2.
 */
export function pricesForSet(
  column: ProviderColumn,
  set: ArrayLike<number>,
  size: number,
  least: number,
): ColumnPrices {
  const { profit, entryPrice, mostValue } = column;
  const bought = decreasingFixedPoint((S) => {
    const lambda = profit / (1 + S);
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const m = set[i]!;
      sum += mostValue[m]! * (1 - 1 / offerAt(lambda, entryPrice[m]!, least));
    }
    return sum;
  });
  const lambda = profit / (1 + bought);
  const prices = new Float64Array(size);
  const value = new Float64Array(size);
  let sum = 0;
  let paid = 0;
  let leastRoot = Number.POSITIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    const m = set[i]!;
    const w = offerAt(lambda, entryPrice[m]!, least);
    leastRoot = Math.min(leastRoot, w);
    prices[i] = w * w * entryPrice[m]!;
    value[i] = mostValue[m]! * (1 - 1 / w);
    sum += value[i]!;
    paid += prices[i]! * value[i]!;
  }
  return { prices, value, bought: sum, utility: providerUtility(profit, sum, paid), leastRoot };
}
