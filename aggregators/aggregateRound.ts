import { aggregateUpdates, type WeightedUpdate } from "../learning/federated/aggregateUpdates.ts";
import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import type { Strategy } from "../learning/federated/strategies/Strategy.ts";
import { acceptanceOf } from "../protocol/acceptance.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { RevealedUpdate } from "../protocol/leaves.ts";
import type { ReceiptRule } from "../protocol/receipts.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { acceptUpdates, type ReceiptedUpdate } from "../tasks/acceptUpdates.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** The revealed updates of one subchain in one round, in the order of their reveals. */
export interface RevealedRound {
  chainId: bigint;
  revealed: readonly ReceiptedUpdate[];
}

/** A round that is to be aggregated. */
export interface RoundToAggregate {
  spec: TaskSpec;
  /** The specification's. */
  strategy: Strategy;
  /** The task's: with fewer the model stays. */
  minUpdates: number;
  round: number;
  /** The global model that the round started from, and its digest. */
  global: GlobalModel;
  base: string;
  /** Of the task: who must hold an update. */
  receipts: ReceiptRule;
  /** In the task's order. */
  subchains: readonly RevealedRound[];
}

/** An update that was not taken, and why. */
export interface LeftOut {
  update: RevealedUpdate;
  /** Name of the error with which it was refused; `UPDATE_REJECTED` when the strategy left it out. */
  code: string;
  reason: string;
}

/** What a round's updates add up to. */
export interface RoundAggregate {
  /** The next global model; of a short round the one that it started from. */
  model: GlobalModel;
  /** Whether fewer updates were taken than the task asks for, so that the model stays. */
  isShort: boolean;
  /** A subchain in the order given: words of 256 acceptance bits, bit = the worker's index. */
  accepted: bigint[][];
  leftOut: LeftOut[];
}

/**
 * Aggregates a round: leaves out the updates that are not acceptable
 * (`acceptUpdates`), fetches the others, and has the task's strategy aggregate them,
 * weighted by their samples, which may leave out more. With fewer than `minUpdates`
 * those that were taken are, and the model stays. The result depends on nothing but
 * the task, the global model and the reveals, so all aggregators and auditors reach
 * the same bytes.
 *
 * @throws what storage throws of an update that is acceptable as far as its reveal tells, so that no worker loses by it.
 */
export async function aggregateRound(
  { spec, strategy, minUpdates, round, global, base, receipts, subchains }: RoundToAggregate,
  storage: Pick<ContentStore, "get">,
): Promise<RoundAggregate> {
  const leftOut: LeftOut[] = [];
  const updates: (WeightedUpdate & { revealed: RevealedUpdate })[] = [];
  const offered = subchains.flatMap(({ revealed }) => revealed);
  const files = await acceptUpdates({ task: spec, base, receipts }, offered, ({ update }, mostBytes) =>
    storage.get(update as Digest, mostBytes),
  );
  for (const [i, revealed] of offered.entries()) {
    const file = files[i]!;
    if (file instanceof BaseError) {
      leftOut.push({ update: revealed, code: file.code, reason: file.shortMessage });
    } else {
      updates.push({ update: file, weight: revealed.samples, revealed });
    }
  }
  const aggregate =
    updates.length === 0
      ? { global, taken: [], leftOut: [] }
      : aggregateUpdates({ strategy, round, global, updates });
  for (const { part, why } of aggregate.leftOut) {
    leftOut.push({ update: part.revealed, code: "UPDATE_REJECTED", reason: why });
  }
  const isShort = aggregate.taken.length < minUpdates;
  const taken = new Set(aggregate.taken.map(({ part }) => part.revealed));
  const accepted = subchains.map(({ revealed }) =>
    acceptanceOf(revealed.filter((update) => taken.has(update)).map(({ index }) => index)),
  );
  return { model: isShort ? global : aggregate.global, isShort, accepted, leftOut };
}
