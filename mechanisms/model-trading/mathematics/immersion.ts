import type { DerivedGame } from "./DerivedGame.ts";
import { squared } from "./squared.ts";

/** What an allocation means, pair by pair; each [M·N]. */
export interface Immersion {
  /** T^c = a/f, s, eq. 7; ∞ without computation. */
  computeSeconds: Float64Array;
  /** T^t = b'/B, s, eq. 8; ∞ without bandwidth. */
  uploadSeconds: Float64Array;
  /** Mean age Δ = τ/2 + T^c + T^t, s, eqs 6 and 9. (Eq. 6 divides by Z; the mean is over Zτ.) */
  ageSeconds: Float64Array;
  /** Raw V = I (τ − Δ), IoM, eq. 2: negative for a late pair, 0 for one that does not contribute. */
  rawValue: Float64Array;
  /** C = cf f + c_B B, currency, eq. 10. */
  cost: Float64Array;
}

/**
 * Immersion of the model (IoM) that MUs' resources bring, eqs 2–10. No constraint is checked.
 *
 * @param computation - f_mn ≥ 0, GHz. [M·N]
 * @param bandwidth - B_mn ≥ 0, MHz. [M·N]
 */
export function immersionOf(
  game: DerivedGame,
  computation: Float64Array,
  bandwidth: Float64Array,
): Immersion {
  const pairs = game.users * game.providers;
  const computeSeconds = new Float64Array(pairs);
  const uploadSeconds = new Float64Array(pairs);
  const ageSeconds = new Float64Array(pairs);
  const rawValue = new Float64Array(pairs);
  const cost = new Float64Array(pairs);
  for (let m = 0, at = 0; m < game.users; m++) {
    for (let n = 0; n < game.providers; n++, at++) {
      const f = computation[at]!;
      const B = bandwidth[at]!;
      const h = game.halfDeadline[n]!;
      const compute = f > 0 ? squared(game.workRoot[at]!) / f : Number.POSITIVE_INFINITY;
      const upload = B > 0 ? squared(game.airtimeRoot[at]!) / B : Number.POSITIVE_INFINITY;
      computeSeconds[at] = compute;
      uploadSeconds[at] = upload;
      ageSeconds[at] = h + compute + upload;
      rawValue[at] = f > 0 && B > 0 ? game.contribution[at]! * (h - compute - upload) : 0;
      cost[at] = game.gigahertzCost[m]! * f + game.bandwidthCost[m]! * B;
    }
  }
  return { computeSeconds, uploadSeconds, ageSeconds, rawValue, cost };
}
