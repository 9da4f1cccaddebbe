import { POSITIVE, SHARE } from "../../../solving/SpecReader.ts";
import { ContractError } from "../ContractError.ts";
import {
  exponentialTypes,
  piecewiseTypes,
  solveContinuous,
  type TypeDensity,
  uniformTypes,
} from "../continuousTypes.ts";
import type { ContractReader } from "./ContractReader.ts";
import { readProvider } from "./readContract.ts";

/** Grids finer than this are refused. */
const MOST_POINTS = 5001;

/**
 * Kind `continuous`: a contract over γ in [`gamma_min`, `gamma_max`]. `distribution`: `uniform` (the default),
 * `exponential` with `rate` (density ∝ e^(−rate·γ)), or `piecewise` with `gamma` and `density`, joined by straight
 * lines. `points` (401) types are sampled; the provider's inputs are those of `contract`, with a single `alpha`.
 */
export function continuousSpec(spec: ContractReader): Record<string, unknown> {
  const parameters = {
    ...readProvider(spec),
    agePreference: spec.number("alpha", SHARE),
    types: readDensity(spec),
    points: spec.has("points") ? spec.natural("points", 2) : 401,
  };
  if (parameters.points > MOST_POINTS) {
    throw new ContractError("PARAM", `points out of range: at most ${MOST_POINTS}, not ${parameters.points}`);
  }
  const contract = solveContinuous(parameters);
  return {
    gamma: contract.gammas,
    v: contract.virtualCosts,
    v_ironed: contract.ironedCosts,
    f: contract.frequencies,
    theta: contract.frequencies.map((f) => 1 / f),
    R: contract.rewards,
    U: contract.workerUtilities,
    pools: contract.pools.map(({ first, last }) => [contract.gammas[first], contract.gammas[last]]),
    Us: contract.providerUtility,
    W: contract.workersUtility,
    welfare: contract.welfare,
  };
}

function readDensity(spec: ContractReader): TypeDensity {
  const kind = spec.meaning<"uniform" | "exponential" | "piecewise">(
    "distribution",
    { uniform: "uniform", exponential: "exponential", piecewise: "piecewise" },
    "uniform",
  );
  if (kind === "piecewise") {
    const gammas = spec.numbers("gamma", POSITIVE);
    const densities = spec.numbers("density", POSITIVE);
    if (gammas.length < 2 || gammas.length !== densities.length) {
      throw new ContractError("PARAM", "gamma and density must have the same two or more entries");
    }
    if (gammas.some((gamma, n) => n > 0 && gamma <= gammas[n - 1]!)) {
      throw new ContractError("ORDER", "gamma must be increasing");
    }
    return piecewiseTypes(gammas, densities);
  }
  const [min, max] = [spec.positive("gamma_min"), spec.positive("gamma_max")];
  if (min >= max) throw new ContractError("ORDER", "need gamma_min < gamma_max");
  return kind === "uniform" ? uniformTypes(min, max) : exponentialTypes(min, max, spec.number("rate"));
}
