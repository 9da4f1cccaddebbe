/**
 * The optimal contract for a continuum of types. Not in the paper, which divides workers into N types; the limit
 * N → ∞ shows what that division costs.
 *
 * Type γ = 1/δ has density q and distribution F on [γ_min, γ_max]. The rent U(γ) = ∫ f/γ² dγ makes the provider
 * maximize ∫ q·(G(f) − v(γ) f) dγ with the virtual cost v(γ) = 1/γ + (1 − F)/(q γ²). Where v rises, it is ironed:
 * averaged by mass over neighbouring types until it falls everywhere.
 *
 * | symbol   | identifier     | meaning                                             |
 * | -------- | -------------- | --------------------------------------------------- |
 * | γ        | `gammas`       | type, updates a unit of cost                        |
 * | q, F     | `TypeDensity`  | density and distribution of γ                       |
 * | v(γ)     | `virtualCosts` | cost of a unit of f, rents included                 |
 * | f(γ)     | `frequencies`  | updates a second                                    |
 * | U(γ)     | `workerUtilities` | rent, ∫ f/γ² dγ from γ_min                       |
 */
import { ContractError } from "./ContractError.ts";
import { type ContractParameters, solveFrequencies } from "./optimalContract.ts";
import { satisfaction } from "./performance.ts";
import { type Pool, poolAdjacentViolators } from "./poolAdjacentViolators.ts";

/** A distribution of γ on a closed interval. */
export interface TypeDensity {
  min: number;
  max: number;
  /** q(γ) > 0, not necessarily normalized. */
  density(gamma: number): number;
}

/** {@link ContractParameters} with one α and a density in place of the types. */
export interface ContinuousParameters extends Omit<ContractParameters, "types"> {
  agePreference: number;
  types: TypeDensity;
  /** Equally spaced γ at which the contract is computed, at least 2. Default: 401. */
  points?: number;
}

/** The contract at the sampled types. */
export interface ContinuousContract {
  gammas: number[];
  virtualCosts: number[];
  /** Virtual costs after ironing, non-increasing. */
  ironedCosts: number[];
  frequencies: number[];
  rewards: number[];
  workerUtilities: number[];
  /** Runs of sampled types that ironing merged. */
  pools: Pool[];
  providerUtility: number;
  workersUtility: number;
  welfare: number;
}

/** Workers whose γ is uniform on [min, max], the paper's assumption. */
export function uniformTypes(min: number, max: number): TypeDensity {
  return { min, max, density: () => 1 };
}

/** Workers whose γ has density ∝ e^(−rate·(γ − min)): rate > 0 makes costly workers common. */
export function exponentialTypes(min: number, max: number, rate: number): TypeDensity {
  return { min, max, density: (gamma) => Math.exp(-rate * (gamma - min)) };
}

/** Workers whose γ has the density that joins the given points by straight lines. */
export function piecewiseTypes(gammas: readonly number[], densities: readonly number[]): TypeDensity {
  const density = (gamma: number): number => {
    let right = gammas.findIndex((end, index) => index > 0 && gamma <= end);
    if (right < 0) right = gammas.length - 1;
    const [from, to] = [gammas[right - 1]!, gammas[right]!];
    const share = (gamma - from) / (to - from);
    return densities[right - 1]! * (1 - share) + densities[right]! * share;
  };
  return { min: gammas[0]!, max: gammas.at(-1)!, density };
}

/**
 * Solves the continuous contract on a grid; every integral is a trapezoidal sum. The sampled menu itself satisfies
 * IR and IC, for the sum in δ keeps every rent between LDIC's and LUIC's bounds.
 *
 * @throws ContractError `PARAM` for an interval or density that is not positive, and as `solveContract` does.
 *
 * @example
 * solveContinuous({ ...parameters, agePreference: 0.65, types: uniformTypes(0.001, 0.01) }).virtualCosts[0]; // 10000
 */
export function solveContinuous(parameters: ContinuousParameters): ContinuousContract {
  const { model, types, workers, agePreference, points = 401 } = parameters;
  const { gammas, densities, masses } = sample(types, points);
  const deltas = gammas.map((gamma) => 1 / gamma);
  const virtualCosts = virtualCost(gammas, densities);

  const total = (first: number, last: number, value: (i: number) => number) => {
    let sum = 0;
    for (let i = first; i <= last; i++) sum += masses[i]! * value(i);
    return sum;
  };
  const runs = poolAdjacentViolators(
    points,
    (first, last) => -total(first, last, (i) => virtualCosts[i]!) / total(first, last, () => 1),
  );
  const ironedCosts = runs.flatMap((run) => new Array<number>(run.last - run.first + 1).fill(-run.value));
  // With a cost v a unit and no rents left to pay, each type's problem is that of complete information.
  const { frequencies } = solveFrequencies(
    { ...parameters, types: ironedCosts.map((unitCost) => ({ unitCost, probability: 1, agePreference })) },
    "CC",
  );

  let rent = 0;
  const workerUtilities = gammas.map((_, i) => {
    if (i > 0) rent += ((frequencies[i]! + frequencies[i - 1]!) / 2) * (deltas[i - 1]! - deltas[i]!);
    return rent;
  });
  const rewards = frequencies.map((f, i) => workerUtilities[i]! + deltas[i]! * f);
  const gain = (i: number) => satisfaction(model, parameters, agePreference, frequencies[i]!) - rewards[i]!;
  const providerUtility = workers * total(0, points - 1, gain);
  const workersUtility = workers * total(0, points - 1, (i) => workerUtilities[i]!);
  return {
    gammas,
    virtualCosts,
    ironedCosts,
    frequencies,
    rewards,
    workerUtilities,
    pools: runs.filter((run) => run.last > run.first),
    providerUtility,
    workersUtility,
    welfare: providerUtility + workersUtility,
  };
}

/** Equally spaced types with normalized densities and trapezoidal masses. */
function sample({ min, max, density }: TypeDensity, points: number) {
  if (!(min > 0 && min < max && Number.isInteger(points) && points >= 2)) {
    throw new ContractError("PARAM", "need 0 < gamma_min < gamma_max and at least 2 points");
  }
  const step = (max - min) / (points - 1);
  const gammas = Array.from({ length: points }, (_, i) => min + i * step);
  const raw = gammas.map(density);
  if (!raw.every((value) => value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ContractError("PARAM", "the density of gamma must be positive on the whole interval");
  }
  const width = (i: number) => (i === 0 || i === points - 1 ? step / 2 : step);
  const sum = raw.reduce((all, value, i) => all + value * width(i), 0);
  const densities = raw.map((value) => value / sum);
  return { gammas, densities, masses: densities.map((value, i) => value * width(i)) };
}

/** v(γ) = 1/γ + (1 − F)/(q γ²), with 1 − F summed from above so that it is exactly 0 at the top. */
function virtualCost(gammas: readonly number[], densities: readonly number[]): number[] {
  const costs = new Array<number>(gammas.length);
  let above = 0;
  for (let i = gammas.length - 1; i >= 0; i--) {
    const gamma = gammas[i]!;
    if (i + 1 < gammas.length) above += ((densities[i]! + densities[i + 1]!) / 2) * (gammas[i + 1]! - gamma);
    costs[i] = 1 / gamma + above / (densities[i]! * gamma * gamma);
  }
  return costs;
}
