import { nothingToScore } from "../../training/nothingToScore.ts";
import { fromFixedPoint } from "../fixedPoint.ts";
import type { Strategy } from "./Strategy.ts";

/** Evaluates the global model as it is, and averages results by their samples. */
export const plainEvaluation: Pick<Strategy, "configureEvaluate" | "aggregateEvaluate"> = {
  configureEvaluate(_round, global) {
    return { parameters: fromFixedPoint(global) };
  },

  aggregateEvaluate(_round, results) {
    const measured = results.filter((result) => result.samples > 0);
    if (measured.length === 0) {
      throw nothingToScore(`${results.length} evaluations are of no sample.`);
    }
    const names = new Set(measured.flatMap(({ metrics }) => Object.keys(metrics)));
    return {
      samples: measured.reduce((sum, result) => sum + result.samples, 0),
      score: mean(measured.map((result) => [result.samples, result.score])),
      metrics: Object.fromEntries(
        [...names]
          .sort()
          .map((name) => [
            name,
            mean(
              measured
                .filter(({ metrics }) => metrics[name] !== undefined)
                .map((result) => [result.samples, result.metrics[name]!]),
            ),
          ]),
      ),
    };
  },
};

/** Σ n_i x_i / Σ n_i, added from the smallest product up, so that the order given does not matter. */
function mean(parts: readonly (readonly [samples: number, value: number])[]): number {
  const samples = parts.reduce((sum, [count]) => sum + count, 0);
  const products = Float64Array.from(parts, ([count, value]) => count * value).sort();
  return products.reduce((sum, product) => sum + product, 0) / samples;
}
