import { aggregateFit } from "../../../../learning/federated/strategies/aggregateFit.ts";
import { fedAvg } from "../../../../learning/federated/strategies/fedAvg.ts";
import type { Strategy } from "../../../../learning/federated/strategies/Strategy.ts";

/** A strategy that leaves an update out: federated averaging without the one with the largest number. */
export const withoutLargest: Strategy = {
  ...fedAvg,
  server: {
    takes: "some",
    next(round, global, results) {
      const sizes = results.map(({ delta }) =>
        global.tensors.reduce(
          (most, _, tensor) => delta(tensor).reduce((a, b) => Math.max(a, Math.abs(b)), most),
          0,
        ),
      );
      const largest = sizes.indexOf(Math.max(...sizes));
      const kept = results.toSpliced(largest, 1);
      const averaged =
        kept.length === 0 ? { global, verdicts: [] } : aggregateFit(fedAvg, round, global, kept);
      const why = `It holds ${sizes[largest]}.`;
      return {
        global: averaged.global,
        verdicts: averaged.verdicts.toSpliced(largest, 0, { taken: false, why }),
      };
    },
  },
};
