/**
 * Leaving the costliest types out: not in the paper, whose contract serves every type. The rent of every type
 * rises with the frequency of the types below it, so serving a costly type can lose more in others' rents than it
 * brings. In the setting that gives Fig. 2's scale the provider's utility rises from 137.2 to 426.1.
 *
 * Excluding from below is enough: a type does at least as well at the item of the type below as that type itself,
 * so nobody can be kept out while a costlier type is served.
 *
 * | symbol | identifier      | meaning                                        |
 * | ------ | --------------- | ---------------------------------------------- |
 * | b_n    | `marginalCosts` | cost of a unit of f_n (eq. 19); depends only on the types above n, so excluding leaves it as it is |
 */
import type { ContractParameters } from "./ContractParameters.ts";
import { type Contract, solveContract } from "./optimalContract.ts";
import { type Pool, violates } from "./poolAdjacentViolators.ts";
import { SchemeObjective } from "./SchemeObjective.ts";

/** The best contract that serves only the types from `firstType` on. */
export interface ExclusionSolution {
  /** Index of the lowest type served. */
  firstType: number;
  /** The contract of the types served; its entry 0 belongs to `firstType`. */
  contract: Contract;
}

/**
 * Finds the best lowest type for the provider; of equals, the one that serves most types. At least one type is
 * served: if even then `providerUtility` is negative, better publish nothing.
 *
 * Ironing runs from the top type downwards, so all N suffixes together cost no more than one contract.
 *
 * @throws ContractError as {@link solveContract} does.
 *
 * @example
 * const { firstType, contract } = solveWithExclusion(parameters);
 * contract.providerUtility; // ≥ solveContract(parameters).providerUtility
 */
export function solveWithExclusion(parameters: ContractParameters): ExclusionSolution {
  const { types } = parameters;
  const objective = new SchemeObjective(parameters, "CA");
  // The runs of types `first`…N with the utility of each and of all above it; the lowest run is last.
  const runs: (Pool & { total: number })[] = [];
  let firstType = types.length - 1;
  let best = Number.NEGATIVE_INFINITY;
  for (let first = types.length - 1; first >= 0; first--) {
    let run: Pool = { first, last: first, value: objective.optimum(first, first) };
    for (let above = runs.at(-1); above !== undefined && violates(run, above); above = runs.at(-1)) {
      runs.pop();
      run = { first, last: above.last, value: objective.optimum(first, above.last) };
    }
    const total = objective.value(run.first, run.last, run.value) + (runs.at(-1)?.total ?? 0);
    runs.push({ ...run, total });
    if (total >= best) [firstType, best] = [first, total];
  }
  return { firstType, contract: solveContract({ ...parameters, types: types.slice(firstType) }) };
}

/** Spreads values of the types served over all types, with 0 for those excluded. */
export function withExcluded(firstType: number, served: readonly number[]): number[] {
  return [...new Array<number>(firstType).fill(0), ...served];
}
