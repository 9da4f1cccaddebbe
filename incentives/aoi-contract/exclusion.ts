/**
 * Leaving the costliest types out: not in the paper, whose contract serves every type. The rent of every type
 * rises with the frequency of the types below it, so serving a costly type can lose more in others' rents than it
 * brings. In the setting that gives Fig. 2's scale the provider's utility rises from 137.2 to 426.1.
 *
 * Excluding from below is enough: a type's utility never falls with n, so whoever excludes a type excludes all
 * types below it.
 */
import { type Contract, type ContractParameters, solveContract } from "./optimalContract.ts";

/** The best contract that serves only the types from `firstType` on. */
export interface ExclusionSolution {
  /** Index of the lowest type served. */
  firstType: number;
  /** The contract of the types served; its entry 0 belongs to `firstType`. */
  contract: Contract;
}

/**
 * Tries every lowest type and keeps the best for the provider; of equals, the one that serves most types. At least
 * one type is served: if even then `providerUtility` is negative, better publish nothing.
 *
 * @throws ContractError as {@link solveContract} does.
 *
 * @example
 * const { firstType, contract } = solveWithExclusion(parameters);
 * contract.providerUtility; // ≥ solveContract(parameters).providerUtility
 */
export function solveWithExclusion(parameters: ContractParameters): ExclusionSolution {
  let best: ExclusionSolution | undefined;
  for (let firstType = 0; firstType < parameters.types.length; firstType++) {
    // Probabilities stay as they are: those of the excluded types simply bring nothing.
    const contract = solveContract({ ...parameters, types: parameters.types.slice(firstType) });
    if (best === undefined || contract.providerUtility > best.contract.providerUtility) {
      best = { firstType, contract };
    }
  }
  return best!;
}

/** Spreads values of the types served over all types, with 0 for those excluded. */
export function withExcluded(firstType: number, served: readonly number[]): number[] {
  return [...new Array<number>(firstType).fill(0), ...served];
}
