import { aggregateUpdates, type WeightedUpdate } from "../../learning/federated/aggregateUpdates.ts";
import { decodeModel, encodeModel } from "../../learning/federated/modelCodec.ts";
import type { Strategy } from "../../learning/federated/strategies/Strategy.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { RevealedUpdate } from "../../protocol/leaves.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { ReceiptRule } from "../../protocol/receipts.ts";
import { digestOf } from "../../storage/contentId.ts";
import { isContentFault } from "../../storage/isContentFault.ts";
import { acceptUpdates, type ReceiptedUpdate } from "../../tasks/acceptUpdates.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { errorSentence } from "../errorSentence.ts";
import type { StoredUpdates } from "../evidence/StoredUpdates.ts";
import { unreadable } from "../evidence/unreadable.ts";

/** A round as the chains tell it. */
export interface RoundToReplay {
  spec: TaskSpec;
  /** The specification's. */
  strategy: Strategy;
  /** The task's: with fewer the model stays. */
  minUpdates: number;
  round: number;
  /** Digest of the global model that it started from. */
  base: string;
  /** Of the task: who must hold an update. */
  receipts: ReceiptRule;
  /** Of all subchains whose reports count, in the task's order, of each in the order of its reveals. */
  revealed: readonly ReceiptedUpdate[];
}

/** What a round's updates add up to when an auditor does the sum. */
export interface Replay {
  /** Storage digest of the aggregate; of a round with too few updates that of the model that it started from. */
  globalModel: string;
  acceptable: RevealedUpdate[];
  /** The others, each with why it cannot be taken. */
  unacceptable: { update: RevealedUpdate; why: string }[];
}

/**
 * Replays a round: from the updates that may be taken (`acceptUpdates`), those that
 * the strategy takes, and the model that it makes of them if they are enough.
 *
 * @example (await replayRound({ spec, strategy, minUpdates, round, base, receipts, revealed }, evidence.updates)).globalModel === attested
 */
export async function replayRound(
  { spec, strategy, minUpdates, round, base, receipts, revealed }: RoundToReplay,
  updates: StoredUpdates,
): Promise<Replay> {
  const parts: (WeightedUpdate & { revealed: RevealedUpdate })[] = [];
  const unacceptable: Replay["unacceptable"] = [];
  const files = await acceptUpdates(
    { task: spec, base, receipts },
    revealed,
    async ({ update, worker }, most) => {
      const bytes = await updates.get(update, most);
      if (!(bytes instanceof BaseError)) return bytes;
      if (isContentFault(bytes)) throw bytes;
      throw unreadable(
        `Aggregators gave receipts for the update ${update} of worker ${worker} in round ${ordinal(round)}, which`,
        bytes,
      );
    },
  );
  for (const [i, update] of revealed.entries()) {
    const file = files[i]!;
    if (file instanceof BaseError) unacceptable.push({ update, why: errorSentence(file) });
    else parts.push({ update: file, weight: update.samples, revealed: update });
  }
  if (parts.length === 0) return { globalModel: base, acceptable: [], unacceptable };
  const model = await updates.get(base);
  if (model instanceof BaseError) {
    throw unreadable(`The global model ${base} that round ${ordinal(round)} started from`, model);
  }
  const global = decodeModel(model, spec);
  const aggregate = aggregateUpdates({ strategy, round, global, updates: parts });
  for (const { part, why } of aggregate.leftOut) {
    unacceptable.push({ update: part.revealed, why });
  }
  const acceptable = aggregate.taken.map(({ part }) => part.revealed);
  const globalModel = acceptable.length < minUpdates ? base : await digestOf(encodeModel(aggregate.global));
  return { globalModel, acceptable, unacceptable };
}
