import { fedAvg } from "./fedAvg.ts";
import type { Strategy } from "./Strategy.ts";
import type { StrategySpec } from "./strategySpec.ts";

/**
 * FedProx (Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith, "Federated optimization
 * in heterogeneous networks", MLSys 2020, algorithm 2): workers minimize
 *
 *   h_i(w; w_t) = F_i(w) + μ/2 ‖w − w_t‖²  (eq. 2),  so their gradient is ∇F_i(w) + μ (w − w_t),
 *
 * and the server averages as FedAvg does. How inexactly h_i is minimized is set
 * by the task's epochs; all workers have the same.
 *
 * | symbol | identifier |
 * |---|---|
 * | μ | `proximalMu` |
 * | w_t | `global` |
 * | F_i | the loss of worker i's data |
 */
export function fedProx({ proximalMu }: Extract<StrategySpec, { kind: "fedprox" }>): Strategy {
  return {
    ...fedAvg,
    configureFit() {
      return { correction: { proximalMu } };
    },
  };
}
