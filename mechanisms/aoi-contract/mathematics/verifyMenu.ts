/**
 * Checks a menu of frequencies and rewards against every constraint of the paper.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", equations 14 and 15 and Lemma 1.
 *
 * | symbol          | identifier       | meaning                                                         |
 * | --------------- | ---------------- | --------------------------------------------------------------- |
 * | IR (15)         | `participation`  | R_n − δ_n f_n ≥ 0                                               |
 * | IC (14)         | `selfSelection`  | R_n − δ_n f_n ≥ R_i − δ_n f_i                                    |
 * | (a.1) … (a.4)   | `lemma1`         | lowest type's IR, monotonicity, LDIC, LUIC: equivalent for strictly ordered types |
 */
import { utilityMatrix } from "./rewards.ts";

/** A menu with the types it is meant for; all three arrays are one entry a type. */
export interface Menu {
  /** δ_n, non-increasing. */
  unitCosts: readonly number[];
  /** f_n. */
  frequencies: readonly number[];
  /** R_n. */
  rewards: readonly number[];
}

/** A broken constraint; types and items are numbered from 1, as in the paper. */
export type Violation =
  | { constraint: "IR"; type: number }
  | { constraint: "IC"; type: number; prefers: number };

/** A condition of Lemma 1 that fails, with the type (from 1) at which it fails first. */
export interface LemmaViolation {
  condition: "a.1" | "a.2" | "a.3" | "a.4";
  type: number;
}

/** How a menu fares. */
export interface MenuReport {
  /** R_n − δ_n f_n, the residual of IR. */
  participation: number[];
  /** [n][i]: what type n has at its own item more than at item i, the residual of IC. */
  selfSelection: number[][];
  /** The least residual of IR. */
  leastParticipation: number;
  /** The least residual of IC; 0 for a single type. */
  leastSelfSelection: number;
  frequenciesMonotone: boolean;
  rewardsMonotone: boolean;
  /** Every IR that fails, then every IC. */
  violations: Violation[];
  /** No violation. */
  feasible: boolean;
  /** The first failure of every condition of Lemma 1. */
  lemma1Violations: LemmaViolation[];
  lemma1: boolean;
}

/**
 * Verifies a menu.
 *
 * @param tolerance - How far a residual may be below 0: by default 10⁻⁹, or 10⁻¹² of the largest reward,
 * because LDIC binds in an optimal menu and rounding then shows.
 *
 * @example
 * verifyMenu({ unitCosts: [4, 2, 1], frequencies: [1, 3, 4], rewards: [3.5, 8, 9] }).violations;
 * // [{ constraint: "IR", type: 1 }]
 */
export function verifyMenu(menu: Menu, tolerance = defaultTolerance(menu)): MenuReport {
  const { unitCosts, frequencies, rewards } = menu;
  const matrix = utilityMatrix(unitCosts, frequencies, rewards);
  const participation = matrix.map((row, n) => row[n]!);
  const selfSelection = matrix.map((row, n) => row.map((utility) => row[n]! - utility));
  const violations: Violation[] = [];
  let leastSelfSelection = Number.POSITIVE_INFINITY;
  for (const [n, utility] of participation.entries()) {
    if (utility < -tolerance) violations.push({ constraint: "IR", type: n + 1 });
  }
  for (const [n, row] of selfSelection.entries()) {
    for (const [i, residual] of row.entries()) {
      if (i === n) continue;
      leastSelfSelection = Math.min(leastSelfSelection, residual);
      if (residual < -tolerance) violations.push({ constraint: "IC", type: n + 1, prefers: i + 1 });
    }
  }
  const lemma1Violations = checkLemma1(menu, participation, selfSelection, tolerance);
  return {
    participation,
    selfSelection,
    leastParticipation: participation.reduce((least, value) => Math.min(least, value)),
    leastSelfSelection: unitCosts.length > 1 ? leastSelfSelection : 0,
    frequenciesMonotone: firstFall(frequencies) === undefined,
    rewardsMonotone: firstFall(rewards) === undefined,
    violations,
    feasible: violations.length === 0,
    lemma1Violations,
    lemma1: lemma1Violations.length === 0,
  };
}

/**
 * The least residuals of IR and IC of a menu whose types and items are in order: by Lemma 1 each type's neighbours
 * decide, so that the largest menus take no longer than reading them.
 *
 * @example
 * neighbourResiduals({ unitCosts: [4, 2, 1], frequencies: [1, 3, 4], rewards: [4, 8, 9] });
 * // { participation: 0, selfSelection: 0 }
 */
export function neighbourResiduals({ unitCosts, frequencies, rewards }: Menu): {
  participation: number;
  selfSelection: number;
} {
  let participation = Number.POSITIVE_INFINITY;
  let selfSelection = unitCosts.length > 1 ? Number.POSITIVE_INFINITY : 0;
  for (let n = 0; n < unitCosts.length; n++) {
    const utility = (item: number) => rewards[item]! - unitCosts[n]! * frequencies[item]!;
    participation = Math.min(participation, utility(n));
    if (n > 0) selfSelection = Math.min(selfSelection, utility(n) - utility(n - 1));
    if (n + 1 < unitCosts.length) selfSelection = Math.min(selfSelection, utility(n) - utility(n + 1));
  }
  return { participation, selfSelection };
}

function defaultTolerance({ rewards }: Menu): number {
  return Math.max(1e-9, 1e-12 * rewards.reduce((most, reward) => Math.max(most, Math.abs(reward)), 0));
}

function checkLemma1(
  { frequencies, rewards }: Menu,
  participation: readonly number[],
  selfSelection: readonly number[][],
  tolerance: number,
): LemmaViolation[] {
  const found: LemmaViolation[] = [];
  const note = (condition: LemmaViolation["condition"], index: number | undefined) => {
    if (index !== undefined && index >= 0) found.push({ condition, type: index + 1 });
  };
  note("a.1", participation[0]! < -tolerance ? 0 : undefined);
  note("a.2", firstFall(frequencies) ?? firstFall(rewards));
  note(
    "a.3",
    selfSelection.findIndex((row, n) => n > 0 && row[n - 1]! < -tolerance),
  );
  note(
    "a.4",
    selfSelection.findIndex((row, n) => n + 1 < row.length && row[n + 1]! < -tolerance),
  );
  return found;
}

/** Index of the first value below its predecessor by more than rounding. */
function firstFall(values: readonly number[]): number | undefined {
  const index = values.findIndex((value, n) => {
    const before = values[n - 1];
    return before !== undefined && before - value > 1e-12 * Math.max(Math.abs(before), Math.abs(value));
  });
  return index < 0 ? undefined : index;
}
