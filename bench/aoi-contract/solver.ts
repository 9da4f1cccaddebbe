/**
 * The exact contract solver against the paper's own, Algorithm 1 with its step φ = 10⁻⁵.
 *
 *     ./freshet bench aoi-contract --json
 *
 * The setting is that of the paper's Figs 3 and 4 with N types evenly in γ ∈ [0.001, 0.01] and one worker a type.
 * Both evaluate the same objective with the same code; Algorithm 1 keeps the best value so far instead of the vector
 * that it prints.
 */
import { greedyScan } from "../../mechanisms/aoi-contract/mathematics/greedyScan.ts";
import {
  type ContractParameters,
  solveContract,
} from "../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import { median } from "../median.ts";

/** One number of types; times are medians of repeated runs of the warm solvers, seconds. */
export interface AoIContractCase {
  types: number;
  exactSeconds: number;
  exactUtility: number;
  /** Absent if Algorithm 1 was left out. */
  scanSeconds?: number;
  scanUtility?: number;
  /** scanSeconds / exactSeconds. */
  ratio?: number;
}

/** φ, updates a second. */
const STEP = 1e-5;
/** The exact solver runs for about so long a case, seconds, and at least that often. */
const EXACT_SECONDS = 0.5;
const LEAST_RUNS = 5;
/** Algorithm 1 runs for about so long a case, seconds, and at least once. */
const SCAN_SECONDS = 1;

/** The case's parameters. */
export function benchParameters(types: number): ContractParameters {
  return {
    model: { mode: "fixed_c", fixedPeriods: 5, periodSeconds: 2, latency: "printed", age: "exact" },
    types: Array.from({ length: types }, (_, n) => ({
      unitCost: 1 / (0.001 + (0.009 * n) / Math.max(1, types - 1)),
      probability: 1 / types,
      agePreference: 0.65,
    })),
    workers: types,
    toleratedAgeSeconds: 200,
    toleratedLatencySeconds: 50,
    unitProfit: 20,
  };
}

/**
 * Times both solvers at one number of types.
 *
 * @param options - `scan`: whether to run Algorithm 1 too, N·8332 evaluations. `clock`: seconds.
 */
export function benchAoIContract(
  types: number,
  { scan, clock }: { scan: boolean; clock: () => number },
): AoIContractCase {
  const parameters = benchParameters(types);
  const exact = timed(() => solveContract(parameters).providerUtility, clock, {
    runs: LEAST_RUNS,
    seconds: EXACT_SECONDS,
  });
  const result = { types, exactSeconds: exact.seconds, exactUtility: exact.value };
  if (!scan) return result;
  const scanned = timed(() => greedyScan(parameters, STEP).providerUtility, clock, {
    runs: 1,
    seconds: SCAN_SECONDS,
  });
  return {
    ...result,
    scanSeconds: scanned.seconds,
    scanUtility: scanned.value,
    ratio: scanned.seconds / exact.seconds,
  };
}

/** Lets the compiler see both solvers before anything is timed. */
export function warmUp(): void {
  const parameters = benchParameters(100);
  for (let run = 0; run < 200; run++) solveContract(parameters);
  greedyScan(parameters, STEP);
}

/** Median time of repeated runs, at least so many and for about so long. */
function timed(
  work: () => number,
  clock: () => number,
  { runs, seconds }: { runs: number; seconds: number },
): { seconds: number; value: number } {
  const times: number[] = [];
  const until = clock() + seconds;
  let value = Number.NaN;
  while (times.length < runs || clock() < until) {
    const began = clock();
    value = work();
    times.push(clock() - began);
  }
  return { seconds: median(times), value };
}
