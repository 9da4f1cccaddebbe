import { decompress } from "./compression.ts";
import type { GlobalModel } from "./GlobalModel.ts";
import { aggregateFit } from "./strategies/aggregateFit.ts";
import type { Strategy } from "./strategies/Strategy.ts";
import type { CompressedTensor, UpdateFile } from "./UpdateFile.ts";

/** A decoded update with its say in the aggregate; callers add whose it is. */
export interface WeightedUpdate {
  readonly update: UpdateFile;
  /** n_i, normally the number of samples trained on. */
  readonly weight: number;
}

/** What {@link aggregateUpdates} needs. */
export interface AggregateUpdatesParameters<Part extends WeightedUpdate> {
  /** The task's, of `strategyOf`. */
  readonly strategy: Strategy;
  readonly round: number;
  /** The round's global model. */
  readonly global: GlobalModel;
  /** At least one, each decoded with the task and the global model's digest; in any order. */
  readonly updates: readonly Part[];
}

/** What a round's updates add up to; each is in one of the lists, which keep the order given. */
export interface AggregatedUpdates<Part extends WeightedUpdate> {
  /** The next global model. */
  readonly global: GlobalModel;
  /** With the weight that each moved the model with. */
  readonly taken: readonly { readonly part: Part; readonly weight: number }[];
  /** What the strategy did not take, and why: neither accepted nor paid for. */
  readonly leftOut: readonly { readonly part: Part; readonly why: string }[];
}

/**
 * The server's side of a round. Depends on nothing but its arguments and not on the
 * order of the updates, so that all aggregators and auditors have the same bits.
 *
 * @throws BaseError `AGGREGATE_NO_UPDATES` or `AGGREGATE_WEIGHT`.
 *
 * @example
 * const { global: next, taken } = aggregateUpdates({ strategy: strategyOf(task.strategy), round, global, updates });
 */
export function aggregateUpdates<Part extends WeightedUpdate>({
  strategy,
  round,
  global,
  updates,
}: AggregateUpdatesParameters<Part>): AggregatedUpdates<Part> {
  const integers = (tensors: readonly CompressedTensor[]) => (tensor: number) =>
    decompress(tensors[tensor]!, global.fractionBits);
  const results = updates.map(({ update, weight }) => ({
    delta: integers(update.delta),
    control: update.control === undefined ? undefined : integers(update.control),
    weight,
  }));
  const { global: next, verdicts } = aggregateFit(strategy, round, global, results);
  const judged = updates.map((part, index) => ({ part, verdict: verdicts[index]! }));
  return {
    global: next,
    taken: judged.flatMap(({ part, verdict }) => (verdict.taken ? [{ part, weight: verdict.weight }] : [])),
    leftOut: judged.flatMap(({ part, verdict }) => (verdict.taken ? [] : [{ part, why: verdict.why }])),
  };
}
