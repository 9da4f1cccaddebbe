import { decompress } from "./compression.ts";
import type { GlobalModel } from "./GlobalModel.ts";
import type { LearningTask } from "./LearningTask.ts";
import { strategyOf } from "./strategies/strategyOf.ts";
import type { CompressedTensor, UpdateFile } from "./UpdateFile.ts";

/** A decoded update with its say in the aggregate. */
export interface WeightedUpdate {
  readonly update: UpdateFile;
  /** n_i, normally the number of samples trained on. */
  readonly weight: number;
}

/** What {@link aggregateUpdates} needs. */
export interface AggregateUpdatesParameters {
  readonly task: Pick<LearningTask, "strategy">;
  readonly round: number;
  /** The round's global model. */
  readonly global: GlobalModel;
  /** At least one, each decoded with the task and the global model's digest; in any order. */
  readonly updates: readonly WeightedUpdate[];
}

/**
 * The server's side of a round: the next global model. Depends on nothing but
 * its arguments and not on the order of the updates, so that all aggregators and
 * auditors have the same bits.
 *
 * @throws BaseError `AGGREGATE_NO_UPDATES` or `AGGREGATE_WEIGHT`.
 *
 * @example
 * const bytes = encodeModel(aggregateUpdates({ task, round, global, updates }));
 */
export function aggregateUpdates({ task, round, global, updates }: AggregateUpdatesParameters): GlobalModel {
  const integers = (tensors: readonly CompressedTensor[]) => (tensor: number) =>
    decompress(tensors[tensor]!, global.fractionBits);
  const results = updates.map(({ update, weight }) => ({
    delta: integers(update.delta),
    control: update.control === undefined ? undefined : integers(update.control),
    weight,
  }));
  return strategyOf(task.strategy).aggregateFit(round, global, results);
}
