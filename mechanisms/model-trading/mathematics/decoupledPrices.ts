import type { DerivedGame } from "./DerivedGame.ts";
import { pricesForSet, providerColumn } from "./ProviderColumn.ts";
import type { Participation } from "./participation.ts";
import { bestServedUsers } from "./servedUsers.ts";
import { TradingError } from "./TradingError.ts";

/** Equilibrium prices when budgets are slack. */
export interface DecoupledPrices {
  /** p_mn; 0 for an MU that MSP n does not recruit. [M·N] */
  prices: Float64Array;
  /** V_mn, IoM. [M·N] */
  value: Float64Array;
  /** S_n = Σ_m V_mn, IoM. [N] */
  bought: Float64Array;
  /** Ψ_n, currency. [N] */
  utility: Float64Array;
  /** The MUs that MSP n recruits, ascending. [N] */
  recruited: Int32Array[];
  /** Ψ_n of no other set is larger by more than this: 0 unless the game is too large to search. [N] */
  gap: Float64Array;
}

/**
 * Prices at which no MSP gains by others when no MU's budget binds: V_mn then depends on p_mn alone, so that MSPs do not
 * compete, and each solves τu³ − k u² = λ I k for each of its MUs (eq. 20 in closed form but for one number, S).
 *
 * Mandatory MUs all serve; one that is held at u = F has V = 0 at the price F²/I, which any lower price does as well.
 * Of rational MUs an MSP serves the set that brings most.
 *
 * @throws TradingError `DOMAIN` for I_mn = 0: a price per IoM has no meaning.
 */
export function decoupledPrices(game: DerivedGame, participation: Participation): DecoupledPrices {
  checkContributions(game);
  const { users, providers } = game;
  const prices = new Float64Array(users * providers);
  const value = new Float64Array(users * providers);
  const bought = new Float64Array(providers);
  const utility = new Float64Array(providers);
  const gap = new Float64Array(providers);
  const everyone = Int32Array.from({ length: users }, (_, m) => m);
  const recruited = Array.from({ length: providers }, (_, n) => {
    const column = providerColumn(game, n);
    let set: Int32Array = everyone;
    let best = pricesForSet(column, set, users, 1);
    // Whom the MSP would pay enough to join anyway, it need not choose among.
    if (participation === "rational" && best.leastRoot < 2) {
      const served = bestServedUsers(column);
      set = served.users;
      gap[n] = served.gap;
      best = pricesForSet(column, set, set.length, 2);
    }
    for (const [i, m] of set.entries()) {
      prices[m * providers + n] = best.prices[i]!;
      value[m * providers + n] = best.value[i]!;
    }
    bought[n] = best.bought;
    utility[n] = best.utility;
    return set;
  });
  return { prices, value, bought, utility, recruited, gap };
}

/** @throws TradingError `DOMAIN` for I_mn = 0. */
export function checkContributions({
  contribution,
  providers,
  deadlineSeconds,
  guidanceSeconds,
  rounds,
}: DerivedGame): void {
  const at = contribution.indexOf(0);
  if (at < 0) return;
  const n = at % providers;
  const why =
    rounds[n] === 0
      ? `no round of ${deadlineSeconds[n]} s fits into T = ${guidanceSeconds} s`
      : "its data have no potential value";
  throw new TradingError("DOMAIN", `I is 0 for MU ${Math.floor(at / providers)} and MSP ${n}: ${why}`);
}
