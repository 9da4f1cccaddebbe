import type { DerivedGame } from "./DerivedGame.ts";
import { Followers } from "./Followers.ts";
import { immersionOf } from "./immersion.ts";
import type { Participation } from "./participation.ts";
import { proxyContribution, type SchemeKey } from "./proxyImmersion.ts";
import { TradingError } from "./TradingError.ts";

/** Resources that MUs give. */
export interface Allocation {
  /** f_mn, GHz. [M·N] */
  computation: Float64Array;
  /** B_mn, MHz. [M·N] */
  bandwidth: Float64Array;
}

/**
 * Reading P of the schemes x_based, w_based and w_x_based: an MU shares what it gives in proportion to X_mn, ω_mn or
 * ω_mn X_mn. (X_mn = x_m τ_n, so x_based shares by τ_n alone.)
 *
 * @param totals - GHz and MHz that each MU gives in all; not checked against its budgets. [M] each
 * @throws TradingError `DOMAIN` when an MU's keys sum to 0.
 */
export function proportionalScheme(
  game: DerivedGame,
  key: SchemeKey,
  totals: { computation: Float64Array; bandwidth: Float64Array },
): Allocation {
  const { users, providers, potential, roundData } = game;
  const keys = roundData.map((data, at) => {
    if (key === "x_based") return data;
    return key === "w_based" ? potential[at]! : potential[at]! * data;
  });
  const computation = new Float64Array(users * providers);
  const bandwidth = new Float64Array(users * providers);
  for (let m = 0; m < users; m++) {
    const row = keys.subarray(m * providers, (m + 1) * providers);
    const sum = row.reduce((total, one) => total + one, 0);
    if (!(sum > 0)) throw new TradingError("DOMAIN", `MU ${m} has nothing to share its resources by`);
    for (const [n, one] of row.entries()) {
      computation[m * providers + n] = (totals.computation[m]! * one) / sum;
      bandwidth[m * providers + n] = (totals.bandwidth[m]! * one) / sum;
    }
  }
  return { computation, bandwidth };
}

/**
 * Reading Q of the same schemes: MUs answer one price an MSP as they do in the game, but with the proxy I' for I.
 *
 * @param uniformPrices - p_n, currency/IoM of I'. [N]
 * @throws TradingError `INFEASIBLE` when an MU has to serve all MSPs and cannot.
 */
export function proxyScheme(
  game: DerivedGame,
  key: SchemeKey,
  uniformPrices: Float64Array,
  participation: Participation,
): Allocation {
  const followers = new Followers({ ...game, contribution: proxyContribution(game, key) }, participation);
  const prices = new Float64Array(game.users * game.providers);
  for (let at = 0; at < prices.length; at++) prices[at] = uniformPrices[at % game.providers]!;
  followers.respond(prices);
  const idle = followers.feasible.indexOf(0);
  if (idle >= 0) throw new TradingError("INFEASIBLE", `MU ${idle} cannot serve all MSPs`);
  return { computation: followers.computation, bandwidth: followers.bandwidth };
}

/**
 * The scheme `fixed`: of an equal part of its budgets, each MU gives each MSP drawn shares.
 *
 * @param shares - For each pair of computation and of bandwidth, 0 … 1. [M·N] each
 * @throws TradingError `INFEASIBLE` when basic services leave an MU no CPU.
 */
export function fixedScheme(
  game: DerivedGame,
  shares: { computation: Float64Array; bandwidth: Float64Array },
): Allocation {
  const { providers, cpuBudget, radioMegahertz } = game;
  const idle = cpuBudget.findIndex((budget) => !(budget > 0));
  if (idle >= 0) throw new TradingError("INFEASIBLE", `basic services leave MU ${idle} no CPU`);
  const userOf = (at: number) => Math.floor(at / providers);
  return {
    computation: shares.computation.map((share, at) => (cpuBudget[userOf(at)]! / providers) * share),
    bandwidth: shares.bandwidth.map((share, at) => (radioMegahertz[userOf(at)]! / providers) * share),
  };
}

/** What an allocation is worth. */
export interface SchemeOutcome {
  /** V_mn that counts: 0 for a late pair, IoM. [M·N] */
  value: Float64Array;
  /** I (h − T^c − T^t): below 0 for a pair that contributes late, IoM. [M·N] */
  rawValue: Float64Array;
  /** 1 where T^c + T^t > h, and where a pair does not contribute. [M·N] */
  late: Uint8Array;
  /** T^c + T^t, s; ∞ where a pair does not contribute. [M·N] */
  roundSeconds: Float64Array;
  /** IoM that each MSP gets. [N] */
  immersion: Float64Array;
  /** What each MU pays for its resources, late pairs included, currency. [M] */
  cost: Float64Array;
}

/** A pair is late when it takes longer than h by this share. */
const LATENESS = 1e-12;

/** Values an allocation by the true IoM. */
export function schemeOutcome(game: DerivedGame, { computation, bandwidth }: Allocation): SchemeOutcome {
  const { users, providers, halfDeadline } = game;
  const {
    computeSeconds,
    uploadSeconds,
    rawValue,
    cost: pairCost,
  } = immersionOf(game, computation, bandwidth);
  const roundSeconds = computeSeconds.map((seconds, at) => seconds + uploadSeconds[at]!);
  const late = Uint8Array.from(roundSeconds, (seconds, at) =>
    seconds > halfDeadline[at % providers]! * (1 + LATENESS) ? 1 : 0,
  );
  const value = rawValue.map((raw, at) => (late[at] === 1 ? 0 : raw));
  const immersion = new Float64Array(providers);
  const cost = new Float64Array(users);
  for (let at = 0; at < value.length; at++) {
    immersion[at % providers]! += value[at]!;
    cost[Math.floor(at / providers)]! += pairCost[at]!;
  }
  return { value, rawValue, late, roundSeconds, immersion, cost };
}
