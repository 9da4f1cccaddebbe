import { portableLog } from "../../../numerics/portableLog.ts";
import type { DerivedGame } from "./DerivedGame.ts";

/**
 * Ψ = μ ln(1 + ΣV) − Σ p V, eq. 12, of one MSP.
 *
 * @param bought - ΣV, IoM.
 * @param paid - Σ p V, currency.
 */
export function providerUtility(profit: number, bought: number, paid: number): number {
  return profit * portableLog(1 + bought) - paid;
}

/**
 * Ψ_n of all MSPs. [N]
 *
 * @param prices - p_mn. [M·N]
 * @param value - V_mn. [M·N]
 */
export function providerUtilities(
  game: DerivedGame,
  prices: Float64Array,
  value: Float64Array,
): Float64Array {
  const { providers, profit } = game;
  const bought = new Float64Array(providers);
  const paid = new Float64Array(providers);
  for (let at = 0; at < value.length; at++) {
    bought[at % providers]! += value[at]!;
    paid[at % providers]! += prices[at]! * value[at]!;
  }
  return profit.map((mu, n) => providerUtility(mu, bought[n]!, paid[n]!));
}
