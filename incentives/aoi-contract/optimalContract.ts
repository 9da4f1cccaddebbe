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
import { ContractError } from "./ContractError.ts";
import { ageAt, type FrequencyRange, type FreshnessModel, frequencyRange, latencyAt } from "./freshness.ts";
import { performance, satisfaction, type Tolerance } from "./performance.ts";
import { type Pool, poolAdjacentViolators } from "./poolAdjacentViolators.ts";
import { incentiveRewards, marginalCosts } from "./rewards.ts";

/** A class of workers with the same cost. */
export interface WorkerType {
  /** δ > 0, currency an update. */
  unitCost: number;
  /** Q ≥ 0; all types' sum to 1. */
  probability: number;
  /** α in [0, 1]. */
  agePreference: number;
}

/** Everything a contract follows from. */
export interface ContractParameters extends Tolerance {
  model: FreshnessModel;
  /** By falling `unitCost`. */
  types: readonly WorkerType[];
  /** M. */
  workers: number;
  /** Bounds on f, updates a second; see {@link frequencyRange}. */
  frequencies?: Partial<FrequencyRange>;
}

/**
 * `CA`: asymmetric information, the paper's proposal. `CC`: complete information, no rents.
 * `CS`: social welfare under asymmetric information.
 */
export type Scheme = "CA" | "CC" | "CS";

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

/** Stands for probability 0 in the optimum, so that an impossible type's item is the limit of rare ones. */
export const VANISHING_PROBABILITY = 1e-300;

/**
 * Solves a contract exactly, in O(N log 1/ε) evaluations plus ironing.
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
  const costs = parameters.types.map((type) => type.unitCost);
  const chosen = solveFrequencies(parameters, scheme);
  const rewards =
    scheme === "CC"
      ? chosen.frequencies.map((f, n) => costs[n]! * f)
      : incentiveRewards(costs, chosen.frequencies);
  return evaluateContract(parameters, chosen, rewards);
}

/** The optimal frequencies of a scheme; `CC` needs no order, so it is never ironed. */
export function solveFrequencies(parameters: ContractParameters, scheme: Scheme): Frequencies {
  const optimum = frequencyOptimizer(parameters, scheme);
  const rawFrequencies = parameters.types.map((_, n) => optimum(n, n));
  if (scheme === "CC") return { frequencies: rawFrequencies, rawFrequencies, pools: [] };
  const runs = poolAdjacentViolators(rawFrequencies.length, (first, last) =>
    first === last ? rawFrequencies[first]! : optimum(first, last),
  );
  return {
    frequencies: runs.flatMap((run) => new Array<number>(run.last - run.first + 1).fill(run.value)),
    rawFrequencies,
    pools: runs.filter((run) => run.last > run.first),
  };
}

/** The frequency that is best, by a scheme, for types `first`…`last` together. */
export function frequencyOptimizer(
  parameters: ContractParameters,
  scheme: Scheme,
): (first: number, last: number) => number {
  const range = frequencyRange(parameters.model, parameters.frequencies);
  const weights = parameters.types.map((type) => Math.max(type.probability, VANISHING_PROBABILITY));
  const costs = parameters.types.map((type) => type.unitCost);
  // Without rents to pay (CC), or with rents that are no loss (CS), a unit of f_n costs just Q_n δ_n.
  const prices = scheme === "CA" ? marginalCosts(costs, weights) : costs.map((cost, n) => weights[n]! * cost);
  return (first, last) => optimalFrequency(parameters, range, weights, prices, first, last);
}

/**
 * The frequency that maximizes Σ (w_n β ln g_n(f) − price_n f) over types `first`…`last`, by bisection of the
 * derivative down to neighbouring floating-point numbers. Where some g_n ≤ 0, g_n′ says on which side g_n > 0 lies.
 */
function optimalFrequency(
  parameters: ContractParameters,
  range: FrequencyRange,
  weights: readonly number[],
  prices: readonly number[],
  first: number,
  last: number,
): number {
  const { model, types, unitProfit } = parameters;
  // > 0: the optimum lies above f; < 0: below; NaN: two types of the pool pull apart.
  const direction = (f: number): { sign: number; defined: boolean } => {
    let slope = 0;
    let [up, down] = [false, false];
    for (let n = first; n <= last; n++) {
      const g = performance(model, parameters, types[n]!.agePreference, f);
      if (g.value > 0) slope += (weights[n]! * unitProfit * g.slope) / g.value - prices[n]!;
      else if (g.slope > 0) up = true;
      else down = true;
    }
    if (up || down) return { sign: up === down ? Number.NaN : up ? 1 : -1, defined: false };
    return { sign: slope, defined: true };
  };
  const infeasible = () => {
    const who = first === last ? `type ${first + 1}` : `types ${first + 1} to ${last + 1} together`;
    return new ContractError("INFEASIBLE", `infeasible: no frequency has g(f) > 0 for ${who}`, {
      details: `Searched ${range.min} to ${range.max} updates a second, mode ${model.mode}.`,
      next: "Tolerate more age K or latency H, change alpha, or widen the range of frequencies.",
    });
  };
  let { min: low, max: high } = range;
  const atHigh = direction(high);
  if (atHigh.defined && atHigh.sign >= 0) return high;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    const { sign } = direction(middle);
    if (Number.isNaN(sign)) throw infeasible();
    if (sign > 0) low = middle;
    else high = middle;
  }
  if (direction(low).defined) return low;
  if (direction(high).defined) return high;
  throw infeasible();
}

/** What given frequencies and rewards are worth to both sides (eqs 10–13). */
export function evaluateContract(
  parameters: ContractParameters,
  chosen: Frequencies,
  rewards: number[],
): Contract {
  const { model, types, workers } = parameters;
  const { frequencies } = chosen;
  const satisfactions = frequencies.map((f, n) =>
    satisfaction(model, parameters, types[n]!.agePreference, f),
  );
  const workerUtilities = frequencies.map((f, n) => rewards[n]! - types[n]!.unitCost * f);
  // An impossible type adds nothing, even where its satisfaction is −∞.
  const share = (n: number, value: number) =>
    types[n]!.probability === 0 ? 0 : workers * types[n]!.probability * value;
  const providerUtilities = satisfactions.map((gain, n) => share(n, gain - rewards[n]!));
  const providerUtility = providerUtilities.reduce((sum, value) => sum + value, 0);
  const workersUtility = workerUtilities.reduce((sum, value, n) => sum + share(n, value), 0);
  return {
    ...chosen,
    rewards,
    ages: frequencies.map((f) => ageAt(model, f).value),
    latencies: frequencies.map((f) => latencyAt(model, f).value),
    satisfactions,
    workerUtilities,
    providerUtilities,
    providerUtility,
    workersUtility,
    welfare: providerUtility + workersUtility,
  };
}
