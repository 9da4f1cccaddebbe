import { BaseError } from "../../../protocol/BaseError.ts";
import type { GlobalModel } from "../GlobalModel.ts";
import { weightedSum } from "../weightedSum.ts";
import type { FitAggregate, FitResult, FitSums, Strategy } from "./Strategy.ts";

/**
 * The next global model of a strategy, and which results it was made of.
 *
 * @throws BaseError `AGGREGATE_NO_UPDATES`, `AGGREGATE_WEIGHT`, `AGGREGATE_SHAPE` or `AGGREGATE_STATE`.
 */
export function aggregateFit(
  { server }: Pick<Strategy, "server">,
  round: number,
  global: GlobalModel,
  results: readonly FitResult[],
): FitAggregate {
  switch (server.takes) {
    case "all":
      return {
        global: server.next(round, global, sumsOf(results)),
        verdicts: results.map(({ weight }) => ({ taken: true, weight })),
      };
    case "some":
      return server.next(round, global, results);
    default:
      return server satisfies never;
  }
}

/** What results add up to, each tensor when it is asked for. */
function sumsOf(results: readonly FitResult[]): FitSums {
  return {
    results: results.length,
    delta: (tensor) => weightedSum(results.map(({ delta, weight }) => ({ values: delta(tensor), weight }))),
    control: (tensor) =>
      weightedSum(
        results.map(({ control, weight }, position) => {
          if (control === undefined) {
            throw new BaseError("AGGREGATE_SHAPE", `Update ${position} has no control variates.`);
          }
          return { values: control(tensor), weight };
        }),
      ),
  };
}
