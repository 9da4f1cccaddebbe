import { plainEvaluation } from "./plainEvaluation.ts";
import type { Strategy } from "./Strategy.ts";
import { serverOptimizer } from "./serverOptimizer.ts";
import type { StrategySpec } from "./strategySpec.ts";

/**
 * FedAvg with server momentum (Hsu, Qi, Brown, "Measuring the effects of
 * non-identical data distribution for federated visual classification", 2019,
 * section 4.3):
 *
 *   v ← β v + Δ,  w ← w + η v
 *
 * with v = 0 at first. (The paper writes w ← w − v for Δ = w_t − Σ n_i w_i / Σ n_i
 * and η = 1; here Δ has the other sign.)
 *
 * | symbol | identifier |
 * |---|---|
 * | Δ = Σ n_i δ_i / Σ n_i | `delta` |
 * | β | `serverMomentum` |
 * | η | `serverLearningRate` |
 * | v | state `momentum` |
 */
export function fedAvgM(spec: Extract<StrategySpec, { kind: "fedavgm" }>): Strategy {
  const { serverLearningRate, serverMomentum } = spec;
  return {
    sendsControl: false,
    ...plainEvaluation,

    initialState(sizes) {
      return new Map([["momentum", sizes.map((size) => new Float64Array(size))]]);
    },

    configureFit() {
      return {};
    },

    server: {
      takes: "all",
      next(_round, global, sums) {
        return serverOptimizer(global, sums, ["momentum"], (delta, { momentum: v }) => {
          const momentum = new Float64Array(delta.length);
          const step = new Float64Array(delta.length);
          for (let k = 0; k < delta.length; k++) {
            momentum[k] = serverMomentum * v![k]! + delta[k]!;
            step[k] = serverLearningRate * momentum[k]!;
          }
          return { step, state: { momentum } };
        });
      },
    },
  };
}
