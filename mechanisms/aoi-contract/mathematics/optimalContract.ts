/**
 * The exact optimal contract.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", equations 6–19.
 *
 * | symbol | identifier                | meaning                                                   |
 * | ------ | ------------------------- | --------------------------------------------------------- |
 * | N      | `types.length`            | types, by falling cost δ (rising γ = 1/δ)                 |
 * | M      | `workers`                 | workers                                                   |
 * | δ_n    | `unitCost`                | cost of one update                                        |
 * | Q_n    | `probability`             | share of type n                                           |
 * | α_n    | `agePreference`           | the provider's weight of type n's age                     |
 * | f_n    | `frequencies`             | updates a second                                          |
 * | R_n    | `rewards`                 | reward a second                                           |
 * | U_n    | `workerUtilities`         | R_n − δ_n f_n (eq. 10)                                    |
 * | U_s,n  | `providerUtilities`       | M Q_n (G_n − R_n) (eq. 13)                                |
 * | b_n    | `marginalCosts`           | cost of a unit of f_n (eq. 19)                            |
 *
 * The paper calls U_s non-concave and scans. But A and D are convex in f in every variant, so g is concave and
 * ln g is too: per-type optimum plus pool-adjacent-violators is the global optimum.
 */
import type { ContractParameters, Scheme } from "./ContractParameters.ts";
import { ageAt, latencyAt } from "./freshness.ts";
import { type Pool, poolAdjacentViolators } from "./poolAdjacentViolators.ts";
import { incentiveRewards } from "./rewards.ts";
import { SchemeObjective } from "./SchemeObjective.ts";

export type { ContractParameters, Scheme, WorkerType } from "./ContractParameters.ts";

/** Frequencies before and after ironing. */
export interface Frequencies {
  /** f_n, updates a second. */
  frequencies: number[];
  /** Each type's own optimum, before ironing. */
  rawFrequencies: number[];
  /** Runs of more than one type that ironing merged. */
  pools: Pool[];
}

/** A contract and what it is worth to both sides. */
export interface Contract extends Frequencies {
  rewards: number[];
  /** A_n, seconds. */
  ages: number[];
  /** D_n, seconds. */
  latencies: number[];
  /** G_n. */
  satisfactions: number[];
  workerUtilities: number[];
  providerUtilities: number[];
  /** U_s. */
  providerUtility: number;
  /** W = M Σ Q_n U_n. */
  workersUtility: number;
  /** U_s + W. */
  welfare: number;
}

/**
 * Solves a contract exactly: a few evaluations a type by Newton's method, plus ironing where it is needed.
 *
 * @throws ContractError `DOMAIN` for an impossible range, `INFEASIBLE` (naming the type) if no frequency of the
 * range has g(f) > 0.
 *
 * @example
 * const types = [1, 2, 3].map((n) => ({ unitCost: 1000 / n, probability: 1 / 3, agePreference: 0.65 }));
 * const model = { mode: "fixed_c", fixedPeriods: 5, periodSeconds: 2, latency: "exact", age: "exact" } as const;
 * solveContract({ model, types, workers: 10, toleratedAgeSeconds: 200, toleratedLatencySeconds: 50, unitProfit: 20 });
 */
export function solveContract(parameters: ContractParameters, scheme: Scheme = "CA"): Contract {
  const { types } = parameters;
  const chosen = solveFrequencies(parameters, scheme);
  const costs = new Array<number>(types.length);
  for (let n = 0; n < costs.length; n++) costs[n] = types[n]!.unitCost;
  const rewards =
    scheme === "CC"
      ? chosen.frequencies.map((f, n) => costs[n]! * f)
      : incentiveRewards(costs, chosen.frequencies);
  return evaluateContract(parameters, chosen, rewards);
}

/** The optimal frequencies of a scheme; `CC` needs no order, so it is never ironed. */
export function solveFrequencies(parameters: ContractParameters, scheme: Scheme): Frequencies {
  const objective = new SchemeObjective(parameters, scheme);
  const rawFrequencies = new Array<number>(parameters.types.length);
  for (let n = 0; n < rawFrequencies.length; n++) rawFrequencies[n] = objective.optimum(n, n);
  if (scheme === "CC" || isOrdered(rawFrequencies)) {
    return { frequencies: rawFrequencies.slice(), rawFrequencies, pools: [] };
  }
  const runs = poolAdjacentViolators(rawFrequencies.length, (first, last) =>
    first === last ? rawFrequencies[first]! : objective.optimum(first, last),
  );
  const frequencies = rawFrequencies.slice();
  for (const { first, last, value } of runs) frequencies.fill(value, first, last + 1);
  return { frequencies, rawFrequencies, pools: runs.filter((run) => run.last > run.first) };
}

/** What given frequencies and rewards are worth to both sides (eqs 10–13). */
export function evaluateContract(
  parameters: ContractParameters,
  chosen: Frequencies,
  rewards: number[],
): Contract {
  const { model, types, workers, toleratedAgeSeconds, toleratedLatencySeconds, unitProfit } = parameters;
  const { frequencies } = chosen;
  const list = () => new Array<number>(types.length);
  const [ages, latencies, satisfactions, workerUtilities, providerUtilities] = [
    list(),
    list(),
    list(),
    list(),
    list(),
  ];
  let providerUtility = 0;
  let workersUtility = 0;
  for (let n = 0; n < types.length; n++) {
    const { unitCost, probability, agePreference } = types[n]!;
    const f = frequencies[n]!;
    ages[n] = ageAt(model, f).value;
    latencies[n] = latencyAt(model, f).value;
    const performance =
      agePreference * (toleratedAgeSeconds - ages[n]!) +
      (1 - agePreference) * (toleratedLatencySeconds - latencies[n]!);
    satisfactions[n] = performance > 0 ? unitProfit * Math.log(performance) : Number.NEGATIVE_INFINITY;
    workerUtilities[n] = rewards[n]! - unitCost * f;
    // An impossible type adds nothing, even where its satisfaction is −∞.
    providerUtilities[n] = probability === 0 ? 0 : workers * probability * (satisfactions[n]! - rewards[n]!);
    providerUtility += providerUtilities[n]!;
    workersUtility += workers * probability * workerUtilities[n]!;
  }
  return {
    ...chosen,
    rewards,
    ages,
    latencies,
    satisfactions,
    workerUtilities,
    providerUtilities,
    providerUtility,
    workersUtility,
    welfare: providerUtility + workersUtility,
  };
}

/** Whether no value is below its predecessor. */
function isOrdered(values: readonly number[]): boolean {
  for (let n = 1; n < values.length; n++) if (values[n]! < values[n - 1]!) return false;
  return true;
}
