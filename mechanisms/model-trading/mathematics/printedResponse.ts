import type { DerivedGame } from "./DerivedGame.ts";
import { squared } from "./squared.ts";

/** An MU's response by the paper's Proposition 1; each list [N]. */
export interface PrintedResponse {
  /** f_n, GHz, eq. 18. */
  computation: Float64Array;
  /** B_n, MHz, eq. 19. */
  bandwidth: Float64Array;
  /** Raw V_n, IoM. */
  value: Float64Array;
  /** p_n V_n − C_n, currency. */
  gains: Float64Array;
  /** Σf − F^e, GHz: above 0 the CPU budget is broken. */
  cpuExcess: number;
  /** ΣB − B^max, MHz: above 0 the bandwidth budget is broken. */
  radioExcess: number;
}

/**
 * Proposition 1 as printed (with κ): √(pI) where p ≥ F²/I, F where 0 < p < F²/I, nothing at p = 0. It is the mandatory
 * best response when budgets are slack, and ignores them when they are not. V is 0 in its whole second regime, where
 * the MU loses F²τ/2.
 *
 * @param prices - p_n of MU m. [N]
 */
export function printedResponse(game: DerivedGame, m: number, prices: ArrayLike<number>): PrintedResponse {
  const { providers } = game;
  const computation = new Float64Array(providers);
  const bandwidth = new Float64Array(providers);
  const value = new Float64Array(providers);
  const gains = new Float64Array(providers);
  let cpuExcess = -game.cpuBudget[m]!;
  let radioExcess = -game.radioMegahertz[m]!;
  for (let n = 0; n < providers; n++) {
    const at = m * providers + n;
    const p = prices[n]!;
    if (p <= 0) continue;
    const I = game.contribution[at]!;
    const s = Math.max(Math.sqrt(p * I), game.threshold[at]!);
    const f = (s * game.workRoot[at]!) / Math.sqrt(game.gigahertzCost[m]!);
    const B = (s * game.airtimeRoot[at]!) / Math.sqrt(game.bandwidthCost[m]!);
    computation[n] = f;
    bandwidth[n] = B;
    value[n] =
      I * (game.halfDeadline[n]! - squared(game.workRoot[at]!) / f - squared(game.airtimeRoot[at]!) / B);
    gains[n] = p * value[n]! - game.gigahertzCost[m]! * f - game.bandwidthCost[m]! * B;
    cpuExcess += f;
    radioExcess += B;
  }
  return { computation, bandwidth, value, gains, cpuExcess, radioExcess };
}
