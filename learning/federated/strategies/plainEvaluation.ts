import { fromFixedPoint } from "../fixedPoint.ts";
import type { Strategy } from "./Strategy.ts";

/** Evaluates the global model as it is, and averages results by their samples. */
export const plainEvaluation: Pick<Strategy, "configureEvaluate" | "aggregateEvaluate"> = {
  configureEvaluate(_round, global) {
    return { parameters: fromFixedPoint(global) };
  },

  aggregateEvaluate(_round, results) {
    const samples = results.reduce((sum, result) => sum + result.samples, 0);
    const names = new Set(results.flatMap(({ metrics }) => Object.keys(metrics)));
    return {
      samples,
      score: mean(results.map((result) => [result.samples, result.score])),
      metrics: Object.fromEntries(
        [...names]
          .sort()
          .map((name) => [
            name,
            mean(
              results
                .filter(({ metrics }) => metrics[name] !== undefined)
                .map((result) => [result.samples, result.metrics[name]!]),
            ),
          ]),
      ),
    };
  },
};

/** Σ n_i x_i / Σ n_i, added from the smallest product up, so that the order given does not matter; 0 of nothing. */
function mean(parts: readonly (readonly [samples: number, value: number])[]): number {
  const samples = parts.reduce((sum, [count]) => sum + count, 0);
  if (samples === 0) return 0;
  const products = Float64Array.from(parts, ([count, value]) => count * value).sort();
  return products.reduce((sum, product) => sum + product, 0) / samples;
}
