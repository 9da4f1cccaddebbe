/** Kinds `rewards`, `verify`, `onchain` and `menu`: menus whose frequencies are given. */

import { greatest } from "../../../../numerics/extremes.ts";
import { Rational } from "../../../../numerics/Rational.ts";
import { ContractError } from "../ContractError.ts";
import { integerRewards, verifyIntegerMenu } from "../integerMenu.ts";
import { incentiveRewards, incentiveRewardsBySum, marginalCosts, utilityMatrix } from "../rewards.ts";
import { verifyMenu } from "../verifyMenu.ts";
import type { ContractReader } from "./ContractReader.ts";
import { readFrequencies, readRewards } from "./readMenu.ts";
import {
  checkLength,
  checkPaired,
  readExactUnitCosts,
  readProbabilities,
  readUnitCosts,
} from "./readTypes.ts";

/**
 * Kind `rewards`: eq. 17 and eq. 18 for given `f`, every type's utility at every item, and, if `Q` is given, `b`,
 * the expected reward and the equal sum Σ b f.
 */
export function rewardsSpec(spec: ContractReader): Record<string, unknown> {
  const unitCosts = readUnitCosts(spec);
  checkPaired(unitCosts.length);
  const frequencies = readFrequencies(spec, unitCosts.length);
  const rewards = incentiveRewards(unitCosts, frequencies);
  const matrix = utilityMatrix(unitCosts, frequencies, rewards);
  const report = verifyMenu({ unitCosts, frequencies, rewards });
  const result = {
    R: rewards,
    R_eq18: incentiveRewardsBySum(unitCosts, frequencies),
    U: matrix.map((row, n) => row[n]!),
    matrix,
    ir_min: report.leastParticipation,
    ic_min: report.leastSelfSelection,
    monotone_f: report.frequenciesMonotone,
    monotone_R: report.rewardsMonotone,
  };
  if (!spec.has("Q")) return result;
  const Q = readProbabilities(spec, unitCosts.length);
  const b = marginalCosts(unitCosts, Q);
  return { ...result, b, expected_reward: weightedSum(Q, rewards), sum_bf: weightedSum(b, frequencies) };
}

/** Kind `verify`: every IR and IC constraint and Lemma 1 for given `f` and `R`; types are numbered from 1. */
export function verifySpec(spec: ContractReader): Record<string, unknown> {
  const unitCosts = readUnitCosts(spec);
  checkPaired(unitCosts.length);
  const frequencies = readFrequencies(spec, unitCosts.length);
  const rewards = readRewards(spec, unitCosts.length);
  const report = verifyMenu({ unitCosts, frequencies, rewards });
  return {
    ir_min: report.leastParticipation,
    ic_min: report.leastSelfSelection,
    monotone_f: report.frequenciesMonotone,
    monotone_R: report.rewardsMonotone,
    feasible: report.feasible,
    violations: report.violations.map((violation) =>
      violation.constraint === "IR" ? ["IR", violation.type] : ["IC", violation.type, violation.prefers],
    ),
    lemma1: report.lemma1,
  };
}

/**
 * Kind `onchain`: rewards in whole wei for `theta` (seconds, with `T`), `f` (a second, with `T`), or `F` or `K`
 * (updates an epoch). `on_conflict`: `pool` (the default) or `error`. All amounts of wei are text.
 */
export function onchainSpec(spec: ContractReader): Record<string, unknown> {
  const costs = readExactUnitCosts(spec);
  checkPaired(costs.length);
  const onConflict = spec.meaning(
    "on_conflict",
    { pool: "pool", pool_up: "pool", error: "error" } as const,
    "pool",
  );
  const { rewards, updates, pooled } = integerRewards(costs, readUpdates(spec, costs.length), onConflict);
  const exact = exactRewards(costs, updates);
  const naive = exact.map((reward) => reward.ceil());
  const overpay = rewards.map((reward, n) => Rational.from(reward).minus(exact[n]!));
  return {
    R: rewards.map(String),
    pooled_up: pooled.map((n) => n + 1),
    ic_ok: incentiveCompatible(costs, updates, rewards),
    ir_ok: rewards.every((reward, n) => costs[n]!.times(updates[n]!).compare(reward) <= 0),
    max_overpay_wei: greatest(overpay.map((wei) => wei.toNumber())),
    naive_ceil_R: naive.map(String),
    naive_ceil_ic_ok: incentiveCompatible(costs, updates, naive),
  };
}

/**
 * Kind `menu`: what the chain checks of a menu in whole numbers before it takes a task: periods `theta` (seconds),
 * rewards `R` (wei an epoch of `T` seconds) and costs `delta` (wei an update). Tells the first condition that breaks.
 */
export function menuSpec(spec: ContractReader): Record<string, unknown> {
  const periods = spec.wholes("theta");
  const rewards = spec.wholes("R");
  checkLength("R", rewards, periods.length);
  const menu = periods.map((periodSeconds, n) => ({ periodSeconds, reward: rewards[n]! }));
  const verdict = verifyIntegerMenu(menu, spec.wholes("delta"), spec.whole("T", 1n));
  return {
    feasible: verdict.ok,
    violations: verdict.ok ? [] : [[verdict.condition, verdict.item + 1]],
  };
}

/** F_n by whichever name it is given. */
function readUpdates(spec: ContractReader, count: number): Rational[] {
  const name = ["theta", "f", "F", "K", "count"].find((candidate) => spec.has(candidate)) ?? "theta";
  const values = spec.rationals(name);
  checkLength(name, values, count);
  if (values.some((value) => value.compare(0n) < 0 || (name === "theta" && value.compare(0n) === 0))) {
    throw new ContractError(
      "PARAM",
      `${name} out of range: each must be ${name === "theta" ? "above 0" : "0 or more"}`,
    );
  }
  if (name !== "theta" && name !== "f") return values;
  spec.positive("T");
  const epoch = Rational.from(spec.raw("T") as string | number);
  return values.map((value) => (name === "theta" ? epoch.dividedBy(value) : epoch.times(value)));
}

/** Eq. 17, exactly. */
function exactRewards(costs: readonly Rational[], updates: readonly Rational[]): Rational[] {
  let reward = new Rational(0n);
  return updates.map((count, n) => {
    reward = reward.plus(costs[n]!.times(count.minus(updates[n - 1] ?? 0n)));
    return reward;
  });
}

/** LDIC and LUIC between all neighbours, which for ordered types is all of IC. */
function incentiveCompatible(
  costs: readonly Rational[],
  updates: readonly Rational[],
  rewards: readonly bigint[],
): boolean {
  return rewards.every((reward, n) => {
    if (n === 0) return true;
    const raise = reward - rewards[n - 1]!;
    const more = updates[n]!.minus(updates[n - 1]!);
    return costs[n]!.times(more).compare(raise) <= 0 && costs[n - 1]!.times(more).compare(raise) >= 0;
  });
}

function weightedSum(weights: readonly number[], values: readonly number[]): number {
  return values.reduce((sum, value, n) => sum + weights[n]! * value, 0);
}
