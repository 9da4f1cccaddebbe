/**
 * The optimal contract when the adjustable phase lasts a whole number of periods, as a device that counts periods
 * needs. Not in the paper, whose c and a are natural numbers (eq. 1) but whose f is optimized as a real number.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", problem 2 (eq. 19) on f = 1/((p + k)·t).
 *
 * | symbol | identifier       | meaning                                                         |
 * | ------ | ---------------- | --------------------------------------------------------------- |
 * | p_n    | `periods`        | periods of the adjustable phase, non-increasing in n            |
 * | k      | `fixedPeriods`   | periods of the fixed phase                                      |
 */
import { ContractError } from "./ContractError.ts";
import type { ContractParameters, Scheme } from "./ContractParameters.ts";
import { frequencyOf } from "./freshness.ts";
import { type Contract, evaluateContract } from "./optimalContract.ts";
import { incentiveRewards } from "./rewards.ts";
import { SchemeObjective } from "./SchemeObjective.ts";

/** Table I's bounds on both phases. */
export const TABLE_I_PERIODS: readonly [number, number] = [1, 15];

/** A contract in whole periods. */
export interface LatticeContract extends Contract {
  /** p_n. */
  periods: number[];
}

/**
 * Solves a contract in whole periods exactly, by dynamic programming over the types: O(N·(max − min)) evaluations.
 *
 * @param periods - Least and greatest number of periods of the adjustable phase. Default: Table I's 1…15.
 * @throws ContractError `PARAM` for bounds that are not 1 ≤ least ≤ greatest, `INFEASIBLE` (naming the type) if
 * no number of periods has g > 0.
 *
 * @example
 * solveLattice(parameters, "CA", [1, 150]).periods; // [119, 79, 58, …] in the paper's Fig. 3 setting
 */
export function solveLattice(
  parameters: ContractParameters,
  scheme: Scheme = "CA",
  [least, greatest]: readonly [number, number] = TABLE_I_PERIODS,
): LatticeContract {
  const { types, model } = parameters;
  if (!(Number.isInteger(least) && Number.isInteger(greatest) && least >= 1 && least <= greatest)) {
    throw new ContractError("PARAM", "n_range must be two natural numbers, least first");
  }
  const costs = types.map((type) => type.unitCost);
  // By rising frequency, so by falling number of periods.
  const grid = Array.from({ length: greatest - least + 1 }, (_, i) => greatest - i);
  const gridFrequencies = grid.map((periods) => frequencyOf(model, periods));
  const objective = new SchemeObjective(parameters, scheme);
  const values = types.map((_, n) => gridFrequencies.map((f) => objective.value(n, n, f)));
  for (const [n, row] of values.entries()) {
    if (row.every((value) => value === Number.NEGATIVE_INFINITY)) throw infeasible(`type ${n + 1}`);
  }
  const chosen = scheme === "CC" ? values.map((row) => argmax(row, 0)) : bestMonotone(values);
  const frequencies = chosen.map((index) => gridFrequencies[index]!);
  const rewards =
    scheme === "CC" ? frequencies.map((f, n) => costs[n]! * f) : incentiveRewards(costs, frequencies);
  const contract = evaluateContract(
    parameters,
    { frequencies, rawFrequencies: values.map((row) => gridFrequencies[argmax(row, 0)]!), pools: [] },
    rewards,
  );
  return { ...contract, periods: chosen.map((index) => grid[index]!) };
}

/** The non-decreasing choice of columns with the greatest sum, one column a row. */
function bestMonotone(values: readonly number[][]): number[] {
  const columns = values[0]!.length;
  // follow[n][i]: the best column of row n if it must be at least i.
  const follow: Int32Array[] = [];
  let above = new Float64Array(columns);
  for (let n = values.length - 1; n >= 0; n--) {
    const choice = new Int32Array(columns);
    const best = new Float64Array(columns);
    for (let i = columns - 1; i >= 0; i--) {
      const here = values[n]![i]! + above[i]!;
      const keep = i + 1 < columns && best[i + 1]! > here;
      best[i] = keep ? best[i + 1]! : here;
      choice[i] = keep ? choice[i + 1]! : i;
    }
    follow[n] = choice;
    above = best;
  }
  if (above[0] === Number.NEGATIVE_INFINITY) throw infeasible(`types 1 to ${values.length} together`);
  const chosen: number[] = [];
  let column = 0;
  for (const choice of follow) {
    column = choice[column]!;
    chosen.push(column);
  }
  return chosen;
}

function argmax(row: readonly number[], from: number): number {
  let best = from;
  for (let i = from + 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

function infeasible(who: string): ContractError {
  return new ContractError("INFEASIBLE", `infeasible: no number of periods has g(f) > 0 for ${who}`, {
    next: "Widen the range of periods, or tolerate more age K or latency H.",
  });
}
