import { elementCount } from "../models/elementCount.ts";
import { parameterShapes } from "../models/parameterShapes.ts";
import type { WeightedUpdate } from "./aggregateUpdates.ts";
import { ExactSum, type ExactSumState } from "./ExactSum.ts";
import type { LearningTask } from "./LearningTask.ts";
import type { FitSums } from "./strategies/Strategy.ts";
import { strategyOf } from "./strategies/strategyOf.ts";
import type { UpdatePasses } from "./UpdatePasses.ts";
import { assertWeight, noUpdates, sumOf } from "./weightedSum.ts";

type SummedTask = Pick<LearningTask, "model" | "fractionBits" | "strategy">;

/** What {@link UpdateSums} are beside their memory. */
export interface UpdateSumsState {
  readonly updates: number;
  /** Σ n_i. */
  readonly total: bigint;
  /** A tensor of each group. */
  readonly tensors: readonly ExactSumState[];
}

/**
 * What the updates of a round add up to, as they come in: Σ n_i δ_i, and Σ n_i Δc_i of a strategy with control variates.
 * Exact, so that threads may add up their own and the sums are the same bits for any number of them.
 *
 * @example
 * const sums = new UpdateSums(task);
 * sums.add({ update: decodeUpdate(bytes, task, base), weight: 50 });
 * const next = strategy.server.next(round, global, sums.fitSums);
 */
export class UpdateSums {
  readonly #task: SummedTask;
  readonly #delta: readonly ExactSum[];
  readonly #control: readonly ExactSum[] | undefined;
  #updates: number;
  #total: bigint;

  /**
   * @param memory - `sizeOf(task)` numbers, all 0, or with the sums that `state` belongs to; may be shared.
   * @param state - Of nothing but zeros unless given.
   * @param passes - In JavaScript unless given.
   */
  constructor(task: SummedTask, memory?: Float64Array, state?: UpdateSumsState, passes?: UpdatePasses) {
    const sizes = parameterShapes(task.model).map(({ shape }) => elementCount(shape));
    let start = 0;
    const sums = (place: number) =>
      sizes.map((size, tensor) => {
        const numbers = memory?.subarray(start, start + size) ?? size;
        start += size;
        return new ExactSum(numbers, state?.tensors[place + tensor], passes);
      });
    this.#task = task;
    this.#delta = sums(0);
    this.#control = strategyOf(task.strategy).sendsControl ? sums(sizes.length) : undefined;
    this.#updates = state?.updates ?? 0;
    this.#total = state?.total ?? 0n;
  }

  /** Numbers of the memory that the sums of a task need. */
  static sizeOf({ model, strategy }: Pick<SummedTask, "model" | "strategy">): number {
    const elements = parameterShapes(model).reduce((sum, { shape }) => sum + elementCount(shape), 0);
    return elements * (strategyOf(strategy).sendsControl ? 2 : 1);
  }

  get state(): UpdateSumsState {
    return {
      updates: this.#updates,
      total: this.#total,
      tensors: [...this.#delta, ...(this.#control ?? [])].map(({ state }) => state),
    };
  }

  /**
   * Adds an update that was decoded with the task.
   *
   * @throws BaseError `AGGREGATE_WEIGHT` unless its weight is a whole number ≥ 0.
   */
  add({ update, weight }: WeightedUpdate): void {
    assertWeight(weight, this.#updates);
    const { fractionBits } = this.#task;
    for (const [tensor, sum] of this.#delta.entries()) {
      sum.addCompressed(update.delta[tensor]!, fractionBits, weight);
    }
    for (const [tensor, sum] of (this.#control ?? []).entries()) {
      sum.addCompressed(update.control![tensor]!, fractionBits, weight);
    }
    this.#updates++;
    this.#total += BigInt(weight);
  }

  /** Adds what others of the same task add up to. */
  merge(other: UpdateSums): void {
    for (const [tensor, sum] of this.#delta.entries()) sum.merge(other.#delta[tensor]!);
    for (const [tensor, sum] of (this.#control ?? []).entries()) sum.merge(other.#control![tensor]!);
    this.#updates += other.#updates;
    this.#total += other.#total;
  }

  /**
   * As a strategy takes them.
   *
   * @throws BaseError `AGGREGATE_NO_UPDATES`; asked for a tensor, `AGGREGATE_WEIGHT` when Σ n_i is 0.
   */
  get fitSums(): FitSums {
    if (this.#updates === 0) throw noUpdates();
    const control = this.#control;
    return {
      results: this.#updates,
      delta: (tensor) => sumOf(this.#delta[tensor]!, this.#total),
      control: control && ((tensor) => sumOf(control[tensor]!, this.#total)),
    };
  }
}
