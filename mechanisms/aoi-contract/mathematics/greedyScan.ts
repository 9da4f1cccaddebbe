/**
 * The paper's own solver, kept as the baseline of {@link solveContract}: a scan with step φ for every type, then
 * "Bunching and Ironing".
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", Algorithm 1.
 *
 * | symbol       | identifier    | meaning                                             |
 * | ------------ | ------------- | --------------------------------------------------- |
 * | φ            | `step`        | step of the scan, updates a second                  |
 * | f_min, f_max | `frequencies` | range of the scan, f_min = 10⁻⁵                     |
 * | z            | `index`       | number of the step                                  |
 *
 * The paper states O(N log((f_max − f_min)/φ)) evaluations; the loop it prints takes N(f_max − f_min)/φ.
 */
import { ContractError } from "./ContractError.ts";
import type { ContractParameters } from "./ContractParameters.ts";
import { type Contract, evaluateContract } from "./optimalContract.ts";
import { poolAdjacentViolators } from "./poolAdjacentViolators.ts";
import { incentiveRewards } from "./rewards.ts";
import { SchemeObjective } from "./SchemeObjective.ts";

/** Scans that take more evaluations are refused: some 20 seconds. */
const MOST_EVALUATIONS = 1_000_000_000;

/** What the scan found, and how many utilities it computed for it. */
export interface GreedyContract extends Contract {
  evaluations: number;
}

/**
 * Algorithm 1, for asymmetric information (CA).
 *
 * @param step - φ > 0.
 * @throws ContractError `PARAM` for a step that is not positive or needs more than 10⁹ evaluations,
 * `INFEASIBLE` (naming the type) if no scanned frequency has g(f) > 0.
 *
 * @example
 * greedyScan(parameters, 1e-4).providerUtility; // at most solveContract(parameters).providerUtility
 */
export function greedyScan(parameters: ContractParameters, step: number): GreedyContract {
  const { types } = parameters;
  const objective = new SchemeObjective(parameters, "CA");
  const { min, max } = objective.range;
  const points = Math.ceil((max - min) / step);
  if (!(step > 0 && points * types.length <= MOST_EVALUATIONS))
    throw new ContractError("PARAM", "step phi out of range");
  const scan = (first: number, last: number): number => {
    let [best, bestValue] = [-1, Number.NEGATIVE_INFINITY];
    for (let index = 0; index < points; index++) {
      const value = objective.value(first, last, min + index * step);
      if (value > bestValue) [best, bestValue] = [index, value];
    }
    if (best < 0) {
      throw new ContractError(
        "INFEASIBLE",
        `infeasible: no scanned frequency has g(f) > 0 for type ${first + 1}`,
      );
    }
    return min + best * step;
  };
  const rawFrequencies = types.map((_, n) => scan(n, n));
  const runs = poolAdjacentViolators(types.length, (first, last) =>
    first === last ? rawFrequencies[first]! : scan(first, last),
  );
  const frequencies = rawFrequencies.slice();
  for (const run of runs) frequencies.fill(run.value, run.first, run.last + 1);
  const pools = runs.filter((run) => run.last > run.first);
  const contract = evaluateContract(
    parameters,
    { frequencies, rawFrequencies, pools },
    incentiveRewards(
      types.map((type) => type.unitCost),
      frequencies,
    ),
  );
  return { ...contract, evaluations: types.length * points };
}
