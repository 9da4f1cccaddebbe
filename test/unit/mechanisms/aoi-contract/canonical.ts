import type { FreshnessModel } from "../../../../mechanisms/aoi-contract/mathematics/freshness.ts";
import type { ContractParameters } from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";

/** The setting of Figs 3 and 4: fixed collection c = 5, printed latency, α = 0.65, γ_n = n/1000, Q = 0.1, M = 10. */
export function canonical(
  model: Partial<FreshnessModel> = {},
  types: { gammas?: number[]; probabilities?: number[]; agePreferences?: number[] } = {},
): ContractParameters {
  const gammas = types.gammas ?? Array.from({ length: 10 }, (_, n) => (n + 1) / 1000);
  return {
    model: { mode: "fixed_c", fixedPeriods: 5, periodSeconds: 2, latency: "printed", age: "exact", ...model },
    types: gammas.map((gamma, n) => ({
      unitCost: 1 / gamma,
      probability: types.probabilities?.[n] ?? 1 / gammas.length,
      agePreference: types.agePreferences?.[n] ?? 0.65,
    })),
    workers: 10,
    toleratedAgeSeconds: 200,
    toleratedLatencySeconds: 50,
    unitProfit: 20,
  };
}

/** The setting that gives Fig. 2's scale: fixed idle phase a = 1, α = 0.2. */
export function figure2(): ContractParameters {
  return canonical({ mode: "fixed_a", fixedPeriods: 1 }, { agePreferences: new Array<number>(10).fill(0.2) });
}
