import { portableExp } from "../../../numerics/portableExp.ts";
import { portableLog } from "../../../numerics/portableLog.ts";
import type { DerivedGame } from "./DerivedGame.ts";
import { Followers } from "./Followers.ts";
import type { Participation } from "./participation.ts";
import { providerUtility } from "./providerUtility.ts";
import { TradingError } from "./TradingError.ts";

/** The deviation that gains an MSP most. */
export interface Deviation {
  /** (Ψ_n new − Ψ_n)/|Ψ_n|; 0 when no deviation of the grid gains. */
  gain: number;
  /** MSP n multiplies its price for `user` by `factor`; −1 stands for all its prices. Absent when gain is 0. */
  at?: { provider: number; user: number; factor: number };
}

/** A gain up to this counts as none. */
const NO_GAIN = 1e-9;
/** Prices are multiplied by 0.02 … 6 in geometric progression. */
const STEPS = 240;
const LEAST = portableLog(0.02);
const MOST = portableLog(6);

/** The factors of the grid, ascending. [241] */
export const DEVIATION_FACTORS: Float64Array = Float64Array.from({ length: STEPS + 1 }, (_, i) =>
  portableExp(LEAST + (i * (MOST - LEAST)) / STEPS),
);

/**
 * Exploitability: what an MSP gains at most by multiplying one of its prices, or all, while all MUs answer again. At an
 * equilibrium it is 0 (eq. 13).
 *
 * @param prices - p_mn ≥ 0. [M·N]
 * @throws TradingError `DOMAIN` when nobody sells to some MSP: a relative gain has no meaning.
 */
export function bestDeviation(
  game: DerivedGame,
  prices: Float64Array,
  participation: Participation,
): Deviation {
  const { users, providers, profit } = game;
  const followers = new Followers(game, participation);
  followers.respond(prices);
  const value = followers.value.slice();
  const before = followers.providerUtilities(prices);
  const idle = before.indexOf(0);
  if (idle >= 0)
    throw new TradingError("DOMAIN", `nobody sells to MSP ${idle} at these prices: its utility is 0`);
  const tried = prices.slice();
  let best: Deviation = { gain: 0 };
  for (let n = 0; n < providers; n++) {
    let bought = 0;
    let paid = 0;
    for (let at = n; at < value.length; at += providers) {
      bought += value[at]!;
      paid += prices[at]! * value[at]!;
    }
    const consider = (user: number, factor: number, newBought: number, newPaid: number) => {
      const gain = (providerUtility(profit[n]!, newBought, newPaid) - before[n]!) / Math.abs(before[n]!);
      if (gain > Math.max(best.gain, NO_GAIN)) best = { gain, at: { provider: n, user, factor } };
    };
    const wholeBought = new Float64Array(DEVIATION_FACTORS.length);
    const wholePaid = new Float64Array(DEVIATION_FACTORS.length);
    for (let m = 0; m < users; m++) {
      const at = m * providers + n;
      for (const [i, factor] of DEVIATION_FACTORS.entries()) {
        tried[at] = prices[at]! * factor;
        followers.respondOne(m, tried);
        const V = followers.value[at]!;
        consider(m, factor, bought - value[at]! + V, paid - prices[at]! * value[at]! + tried[at]! * V);
        wholeBought[i]! += V;
        wholePaid[i]! += tried[at]! * V;
      }
      tried[at] = prices[at]!;
    }
    for (const [i, factor] of DEVIATION_FACTORS.entries())
      consider(-1, factor, wholeBought[i]!, wholePaid[i]!);
  }
  return best;
}
