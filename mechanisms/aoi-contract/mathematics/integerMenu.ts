/**
 * On-chain menus: whole seconds, whole wei, and individual rationality (IR) and incentive compatibility (IC) that
 * hold exactly, because everything is computed on bigints.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", Lemma 1 and eq. 17, carried over to integers.
 *
 * | symbol        | identifier      | meaning                                               |
 * | ------------- | --------------- | ----------------------------------------------------- |
 * | T             | `epochSeconds`  | seconds of the epoch that a reward pays for            |
 * | θ_n           | `periodSeconds` | an update at least every so many seconds               |
 * | F_n, K_n      | `updates`       | updates an epoch, T/θ_n; K_n when whole                |
 * | δ_n           | `unitCosts`     | wei an update, non-increasing in n                     |
 * | R_n           | `reward`        | wei an epoch                                           |
 *
 * Rule A: whole K_n and δ_n make eq. 17 a whole number. Rule B: for rational F_n or δ_n each *increment* is rounded
 * up, R_n = R_{n−1} + ⌈δ_n ΔF_n⌉, which keeps IC as long as ⌈δ_n ΔF_n⌉ ≤ δ_{n−1} ΔF_n; otherwise n shares item n−1.
 * Rounding every R_n by itself breaks IC.
 */

import { Rational, type RationalInput } from "../../../numerics/Rational.ts";
import { ContractError } from "./ContractError.ts";

/** One item of an on-chain menu. */
export interface MenuItem {
  /** θ_n, whole seconds. */
  periodSeconds: bigint;
  /** R_n, wei an epoch. */
  reward: bigint;
}

/** Whole rewards, and what had to be changed to have them. */
export interface IntegerRewards {
  /** R_n, wei. */
  rewards: bigint[];
  /** F_n after pooling. */
  updates: Rational[];
  /** Indices of the types that share the item of the type below. */
  pooled: number[];
}

/**
 * Rewards in whole wei for rational updates an epoch: rule B, which for whole updates and costs is rule A.
 *
 * @param unitCosts - δ_n ≥ 0, non-increasing.
 * @param updates - F_n ≥ 0, non-decreasing.
 * @param onConflict - Where no whole increment fits: `pool` the two types, or throw an `error`.
 * @throws ContractError `ORDER` if costs rise or updates fall, `ROUNDING` on a conflict if asked to.
 *
 * @example
 * integerRewards([1000, 700, 333], ["1000/70", "1000/33", "1000/13"]).rewards; // [14286n, 25499n, 41024n]
 */
export function integerRewards(
  unitCosts: readonly RationalInput[],
  updates: readonly RationalInput[],
  onConflict: "pool" | "error" = "pool",
): IntegerRewards {
  const costs = unitCosts.map(Rational.from);
  const chosen = updates.map(Rational.from);
  checkOrder(costs, chosen);
  const rewards: bigint[] = [];
  const pooled: number[] = [];
  for (let n = 0; n < chosen.length; n++) {
    const more = chosen[n]!.minus(chosen[n - 1] ?? 0n);
    let increment = costs[n]!.times(more).ceil();
    if (n > 0 && costs[n - 1]!.times(more).compare(increment) < 0) {
      if (onConflict === "error") throw conflict(n, costs[n]!, costs[n - 1]!, more);
      increment = 0n;
      chosen[n] = chosen[n - 1]!;
      pooled.push(n);
    }
    rewards.push((rewards[n - 1] ?? 0n) + increment);
  }
  return { rewards, updates: chosen, pooled };
}

/** Refreshes of an item in an epoch, at the most: AoIMenu.sol refuses more. */
const MOST_REFRESHES = 65_536n;

/** What {@link onChainMenu} needs. */
export interface OnChainMenuParameters {
  /** f_n, updates a second: a contract's frequencies. One that falls counts as equal to the one before. */
  frequencies: readonly number[];
  /** δ_n, wei an update, non-increasing. */
  unitCosts: readonly bigint[];
  /** T, whole seconds. */
  epochSeconds: bigint;
  /** Take the nearest periods that divide the epoch (see {@link onChainMenu}). Default: false. */
  wholePeriods?: boolean;
}

/**
 * Turns a continuous optimum into the menu a task publishes: θ_n = round(1/f_n), at least ⌈T / 65,536⌉ and at most T
 * seconds and non-increasing in n, with rule B's rewards. One item a type; pooled types have equal items.
 *
 * Settled epoch by epoch, covering all of T takes ⌈T/θ⌉ updates where the reward pays for T/θ. Unless θ divides T, a
 * worker then loses by delivering everything, and another item can suit it better. `wholePeriods` rules that out, for
 * a little of the provider's utility (0.02 % in the canonical experiment); of two equally near it takes the shorter.
 *
 * @throws ContractError `PARAM` for frequencies that are not positive, `ORDER` for rising costs.
 *
 * @example
 * onChainMenu({ frequencies: [1 / 60, 1 / 30], unitCosts: [9n, 5n], epochSeconds: 3600n });
 * // [{ periodSeconds: 60n, reward: 540n }, { periodSeconds: 30n, reward: 840n }]
 */
export function onChainMenu(parameters: OnChainMenuParameters): MenuItem[] {
  const { frequencies, unitCosts, epochSeconds, wholePeriods = false } = parameters;
  if (epochSeconds <= 0n) throw new ContractError("PARAM", "the epoch must last at least a second");
  const least = (epochSeconds + MOST_REFRESHES - 1n) / MOST_REFRESHES;
  let previous = epochSeconds;
  const periods = frequencies.map((frequency) => {
    if (!(frequency > 0 && frequency < Number.POSITIVE_INFINITY)) {
      throw new ContractError("PARAM", `a frequency must be positive, not ${frequency}`, {
        next: "Leave excluded types out of the menu.",
      });
    }
    const seconds = 1 / frequency;
    const rounded =
      seconds < Number(previous) ? BigInt(Math.max(Number(least), Math.round(seconds))) : previous;
    // Never above `previous`, which is itself a divisor.
    previous = wholePeriods ? nearestDivisor(epochSeconds, rounded, least) : rounded;
    return previous;
  });
  const updates = periods.map((period) => new Rational(epochSeconds, period));
  const { rewards, pooled } = integerRewards(unitCosts, updates);
  for (const n of pooled) periods[n] = periods[n - 1]!;
  return periods.map((periodSeconds, n) => ({ periodSeconds, reward: rewards[n]! }));
}

/** The first condition a menu breaks. `item` counts from 0, as on chain. */
export type MenuVerdict =
  | { ok: true }
  | {
      ok: false;
      condition:
        | "LENGTH"
        | "PERIOD"
        | "COST_ORDER"
        | "PERIOD_ORDER"
        | "REWARD_ORDER"
        | "IR"
        | "LDIC"
        | "LUIC";
      item: number;
    };

/**
 * Lemma 1 in integers, in O(N): what the contracts check when a task is funded.
 * - every item: 0 < θ ≤ T and T/θ ≤ 65,536; item 0: IR, R·θ ≥ δ·T;
 * - item n against n−1: costs and periods do not rise, rewards do not fall, and with gain = (R_n − R_{n−1})·θ_n·θ_{n−1}:
 *   LDIC gain ≥ δ_n·T·(θ_{n−1} − θ_n), LUIC gain ≤ δ_{n−1}·T·(θ_{n−1} − θ_n).
 *
 * @example
 * verifyIntegerMenu([{ periodSeconds: 60n, reward: 5n }], [1n], 600n); // { ok: false, condition: "IR", item: 0 }
 */
export function verifyIntegerMenu(
  menu: readonly MenuItem[],
  unitCosts: readonly bigint[],
  epochSeconds: bigint,
): MenuVerdict {
  if (menu.length === 0 || menu.length !== unitCosts.length) {
    return { ok: false, condition: "LENGTH", item: Math.min(menu.length, unitCosts.length) };
  }
  for (const [item, { periodSeconds, reward }] of menu.entries()) {
    const cost = unitCosts[item]!;
    const isPossible =
      periodSeconds > 0n && periodSeconds <= epochSeconds && periodSeconds * MOST_REFRESHES >= epochSeconds;
    if (!isPossible) return { ok: false, condition: "PERIOD", item };
    if (item === 0) {
      if (reward * periodSeconds < cost * epochSeconds) return { ok: false, condition: "IR", item };
      continue;
    }
    const below = menu[item - 1]!;
    const costBelow = unitCosts[item - 1]!;
    if (cost > costBelow) return { ok: false, condition: "COST_ORDER", item };
    if (periodSeconds > below.periodSeconds) return { ok: false, condition: "PERIOD_ORDER", item };
    if (reward < below.reward) return { ok: false, condition: "REWARD_ORDER", item };
    const gain = (reward - below.reward) * periodSeconds * below.periodSeconds;
    const work = epochSeconds * (below.periodSeconds - periodSeconds);
    if (gain < cost * work) return { ok: false, condition: "LDIC", item };
    if (gain > costBelow * work) return { ok: false, condition: "LUIC", item };
  }
  return { ok: true };
}

/**
 * The item a worker of this cost chooses: the greatest R − cost·T/θ, compared exactly. Ties go to the highest item
 * among the best: LDIC binds, so a type is indifferent between its own item and the one below, and this rule gives
 * every type its own.
 *
 * @returns The item's index, or undefined when every item's utility is negative.
 *
 * @example
 * chooseItem(5n, [{ periodSeconds: 60n, reward: 540n }, { periodSeconds: 30n, reward: 840n }], 3600n); // 1
 */
export function chooseItem(
  unitCost: bigint,
  menu: readonly MenuItem[],
  epochSeconds: bigint,
): number | undefined {
  let best: number | undefined;
  // The utility of an item is surplus/θ; staying away is worth 0.
  let [bestSurplus, bestPeriod] = [0n, 1n];
  for (const [item, { periodSeconds, reward }] of menu.entries()) {
    const surplus = reward * periodSeconds - unitCost * epochSeconds;
    if (surplus * bestPeriod < bestSurplus * periodSeconds) continue;
    best = item;
    [bestSurplus, bestPeriod] = [surplus, periodSeconds];
  }
  return best;
}

function nearestDivisor(whole: bigint, wanted: bigint, least: bigint): bigint {
  for (let distance = 0n; ; distance++) {
    if (wanted - distance >= least && whole % (wanted - distance) === 0n) return wanted - distance;
    if (wanted + distance <= whole && whole % (wanted + distance) === 0n) return wanted + distance;
  }
}

function checkOrder(costs: readonly Rational[], updates: readonly Rational[]): void {
  if (costs.length !== updates.length || costs.length === 0) {
    throw new ContractError("PARAM", "need one cost and one period for every type", {
      details: `There are ${costs.length} costs and ${updates.length} periods.`,
    });
  }
  for (let n = 0; n < costs.length; n++) {
    if (costs[n]!.compare(0n) < 0 || updates[n]!.compare(0n) < 0) {
      throw new ContractError("PARAM", `costs and updates must not be negative (type ${n + 1})`);
    }
    if (n === 0) continue;
    if (costs[n]!.compare(costs[n - 1]!) > 0) {
      throw new ContractError("ORDER", "types must be gamma non-decreasing / delta non-increasing");
    }
    if (updates[n]!.compare(updates[n - 1]!) < 0) {
      throw new ContractError("ORDER", "periods theta must be non-increasing");
    }
  }
}

function conflict(n: number, cost: Rational, costBelow: Rational, more: Rational): ContractError {
  return new ContractError("ROUNDING", `no integer increment between types ${n} and ${n + 1}`, {
    details: `The increment must lie between ${cost.times(more)} and ${costBelow.times(more)} wei.`,
    next: "Pool the two types, count costs in a smaller unit, or lengthen the epoch.",
  });
}
