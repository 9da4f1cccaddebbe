import { plainEvaluation } from "./plainEvaluation.ts";
import type { Strategy } from "./Strategy.ts";
import { serverOptimizer } from "./serverOptimizer.ts";
import type { StrategySpec } from "./strategySpec.ts";

/**
 * FedAdam (Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar, McMahan,
 * "Adaptive federated optimization", ICLR 2021, algorithm 2):
 *
 *   m_t = β₁ m_{t−1} + (1 − β₁) Δ_t
 *   v_t = β₂ v_{t−1} + (1 − β₂) Δ_t²
 *   w_{t+1} = w_t + η m_t / (√v_t + τ)
 *
 * with m = 0 and v = τ² at first, and, as in the paper, no correction of the
 * moments' bias. The paper averages Δ_t over workers alike; here they have weights.
 *
 * | symbol | identifier |
 * |---|---|
 * | Δ_t = Σ n_i δ_i / Σ n_i | `delta` |
 * | β₁, β₂, τ | `beta1`, `beta2`, `tau` |
 * | η | `serverLearningRate` |
 * | m, v | states `m`, `v` |
 */
export function fedAdam(spec: Extract<StrategySpec, { kind: "fedadam" }>): Strategy {
  const { serverLearningRate, beta1, beta2, tau } = spec;
  return {
    sendsControl: false,
    ...plainEvaluation,

    initialState(sizes) {
      return new Map([
        ["m", sizes.map((size) => new Float64Array(size))],
        ["v", sizes.map((size) => new Float64Array(size).fill(tau * tau))],
      ]);
    },

    configureFit() {
      return {};
    },

    server: {
      takes: "all",
      next(_round, global, sums) {
        return serverOptimizer(global, sums, ["m", "v"], (delta, before) => {
          const m = new Float64Array(delta.length);
          const v = new Float64Array(delta.length);
          const step = new Float64Array(delta.length);
          for (let k = 0; k < delta.length; k++) {
            m[k] = beta1 * before.m![k]! + (1 - beta1) * delta[k]!;
            v[k] = beta2 * before.v![k]! + (1 - beta2) * (delta[k]! * delta[k]!);
            step[k] = (serverLearningRate * m[k]!) / (Math.sqrt(v[k]!) + tau);
          }
          return { step, state: { m, v } };
        });
      },
    },
  };
}
