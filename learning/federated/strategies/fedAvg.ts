import { plainAverage } from "./plainAverage.ts";
import { plainEvaluation } from "./plainEvaluation.ts";
import type { Strategy } from "./Strategy.ts";

/**
 * Federated averaging (McMahan, Moore, Ramage, Hampson, Agüera y Arcas,
 * "Communication-efficient learning of deep networks from decentralized data",
 * AISTATS 2017, algorithm 1; eq. 1 of the model-trading paper):
 *
 *   w_{t+1} = Σ n_i w_i / Σ n_i = w_t + Σ n_i δ_i / Σ n_i
 *
 * | symbol | identifier |
 * |---|---|
 * | w_t, w_{t+1} | `global.tensors` |
 * | w_i, local model | `global.tensors` + `delta` |
 * | δ_i = w_i − w_t | `FitResult.delta` |
 * | n_i, samples of worker i | `FitResult.weight` |
 *
 * The sum is exact on integers and rounded once, half away from zero.
 */
export const fedAvg: Strategy = {
  sendsControl: false,
  ...plainEvaluation,

  initialState() {
    return new Map();
  },

  configureFit() {
    return {};
  },

  server: {
    takes: "all",
    next(_round, global, sums) {
      return { ...global, tensors: global.tensors.map((_, tensor) => plainAverage(global, sums, tensor)) };
    },
  },
};
