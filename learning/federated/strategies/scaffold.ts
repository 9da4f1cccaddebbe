import { parameterShapes } from "../../models/parameterShapes.ts";
import { realMean } from "../weightedSum.ts";
import { plainEvaluation } from "./plainEvaluation.ts";
import type { Strategy } from "./Strategy.ts";
import { serverOptimizer, stateOf } from "./serverOptimizer.ts";
import type { StrategySpec } from "./strategySpec.ts";

/**
 * SCAFFOLD (Karimireddy, Kale, Mohri, Reddi, Stich, Suresh, "SCAFFOLD: stochastic
 * controlled averaging for federated learning", ICML 2020, algorithm 1, with
 * option II for the control variates). Worker i takes K steps of plain SGD
 *
 *   y ← y − η (g_i(y) + c − c_i)  from y = w,
 *   c_i⁺ = c_i − c + (w − y) / (K η),
 *
 * and sends δ_i = y − w and Δc_i = c_i⁺ − c_i. The server:
 *
 *   w ← w + η_g Σ n_i δ_i / Σ n_i
 *   c ← c + |S|/N · Σ n_i Δc_i / Σ n_i
 *
 * with all control variates 0 at first. The paper weighs workers alike; with
 * weights, c is the mean of the c_i in which the objective weighs the workers.
 * c_i is what its server has been told: Δc_i as it was rounded for sending, so
 * that c is the mean of the c_i exactly, whatever the encoding.
 *
 * | symbol | identifier |
 * |---|---|
 * | c | state `control` |
 * | c_i | `WorkerState.control` |
 * | c − c_i | `Correction.controlVariate`, float32 |
 * | δ_i, Δc_i, n_i | `delta`, `control`, `weight` of a `FitResult` |
 * | η, K | `learningRate`, `steps` of `TrainedLocally` |
 * | η_g, N | `serverLearningRate`, `workers` |
 * | S | the round's results |
 */
export function scaffold(spec: Extract<StrategySpec, { kind: "scaffold" }>): Strategy {
  const { serverLearningRate, workers } = spec;
  return {
    sendsControl: true,
    ...plainEvaluation,

    initialState(sizes) {
      return new Map([["control", sizes.map((size) => new Float64Array(size))]]);
    },

    configureFit(_round, global, worker) {
      const unit = 2 ** -global.fractionBits;
      const controlVariate = stateOf(global.state, "control").map((control, tensor) => {
        const own = worker.control?.[tensor];
        const variate = new Float32Array(control.length);
        for (let k = 0; k < variate.length; k++) {
          variate[k] = control[k]! - (own === undefined ? 0 : own[k]! * unit);
        }
        return variate;
      });
      return { correction: { controlVariate } };
    },

    nextControl({ spec: model, instructions, delta, steps, learningRate }) {
      const path = steps * learningRate;
      return parameterShapes(model).map(({ trainable }, tensor) => {
        const change = delta[tensor]!;
        const next = new Float64Array(change.length);
        if (!trainable) return next;
        const variate = instructions.correction!.controlVariate![tensor]!;
        for (let k = 0; k < next.length; k++) next[k] = -variate[k]! - change[k]! / path;
        return next;
      });
    },

    server: {
      takes: "all",
      next(_round, global, sums) {
        const unit = 2 ** -global.fractionBits;
        const share = Math.min(1, sums.results / (workers ?? sums.results));
        return serverOptimizer(global, sums, ["control"], (delta, state, tensor) => {
          const change = realMean(sums.control!(tensor));
          const control = new Float64Array(delta.length);
          const step = new Float64Array(delta.length);
          for (let k = 0; k < delta.length; k++) {
            control[k] = state.control![k]! + share * (change[k]! * unit);
            step[k] = serverLearningRate * delta[k]!;
          }
          return { step, state: { control } };
        });
      },
    },
  };
}
