/**
 * The settings of Section V of J. Kang et al., "Blockchain-based Federated Learning for Industrial Metaverses:
 * Incentive Scheme with Optimal AoI" (arXiv 2206.07384), as far as the paper states them.
 *
 * | symbol  | value                  | where                                                        |
 * | ------- | ---------------------- | ------------------------------------------------------------ |
 * | t       | 2 s                    | Table I                                                      |
 * | K, H    | 200 s, 50 s            | Table I                                                      |
 * | β       | 20                     | Table I                                                      |
 * | γ_n     | n/1000, n = 1 … 10     | "type-n … uniform … in the range of [0.001, 0.01]"           |
 * | Q_n     | 0.1                    | the same                                                     |
 */
import type { FreshnessModel } from "../mathematics/freshness.ts";
import type { ContractParameters } from "../mathematics/optimalContract.ts";

/** What the paper leaves open or contradicts itself about. */
export interface OpenParameters {
  mode: FreshnessModel["mode"];
  fixedPeriods: number;
  latency: FreshnessModel["latency"];
  agePreference: number;
  /** M. */
  workers: number;
}

/** The setting that fits Figs 3 and 4: collection of 5 periods fixed, eq. 2 as printed, α = 0.65, M Q_n = 1. */
export const CANONICAL: OpenParameters = {
  mode: "fixed_c",
  fixedPeriods: 5,
  latency: "printed",
  agePreference: 0.65,
  workers: 10,
};

/** Numbers of the ten types. */
export const TYPES: readonly number[] = Array.from({ length: 10 }, (_, n) => n + 1);

/** The parameters of a contract with the paper's ten types. */
export function paperSetting(open: OpenParameters): ContractParameters {
  const { mode, fixedPeriods, latency, agePreference, workers } = open;
  return {
    model: { mode, fixedPeriods, periodSeconds: 2, latency, age: "exact" },
    types: TYPES.map((n) => ({ unitCost: 1000 / n, probability: 1 / TYPES.length, agePreference })),
    workers,
    toleratedAgeSeconds: 200,
    toleratedLatencySeconds: 50,
    unitProfit: 20,
  };
}

/**
 * The setting as `./freshet contract solve` takes it; what a figure varies is left out.
 *
 * @example
 * solveSpec({ ...specOf(CANONICAL), alpha: 0.8 }); // one line of Fig. 4
 */
export function specOf(
  open: OpenParameters,
  varied: readonly ("k" | "alpha")[] = [],
): Record<string, unknown> {
  return {
    kind: "contract",
    mode: open.mode,
    ...(!varied.includes("k") && { k: open.fixedPeriods }),
    latency: open.latency,
    ...(!varied.includes("alpha") && { alpha: open.agePreference }),
    M: open.workers,
    gamma: TYPES.map((n) => n / 1000),
    Q: TYPES.map(() => 1 / TYPES.length),
    K: 200,
    H: 50,
    beta: 20,
    t: 2,
  };
}

/** The same in two lines for people. */
export function describeSetting(open: OpenParameters, varied: readonly ("k" | "alpha")[] = []): string {
  const [phase, symbol] = open.mode === "fixed_c" ? ["collection", "c"] : ["idle", "a"];
  const first = [
    varied.includes("k") ? `${phase} phase fixed` : `${phase} phase fixed, ${symbol} = ${open.fixedPeriods}`,
    `latency by eq. 2 ${open.latency === "printed" ? "as printed" : "corrected"}`,
    ...(varied.includes("alpha") ? [] : [`α = ${open.agePreference}`]),
    `M = ${open.workers}`,
  ];
  return `${first.join(" · ")}\nγₙ = n/1000, n = 1 … 10 · Qₙ = 0.1 · K = 200 s · H = 50 s · β = 20 · t = 2 s`;
}
