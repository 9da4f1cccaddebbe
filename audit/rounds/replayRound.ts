import { aggregateUpdates, type WeightedUpdate } from "../../learning/federated/aggregateUpdates.ts";
import { decodeModel, encodeModel } from "../../learning/federated/modelCodec.ts";
import type { Strategy } from "../../learning/federated/strategies/Strategy.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { RevealedUpdate } from "../../protocol/leaves.ts";
import { digestOf } from "../../storage/contentId.ts";
import { acceptUpdate } from "../../tasks/acceptUpdate.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorSentence } from "../errorSentence.ts";
import type { StoredUpdates } from "../evidence/StoredUpdates.ts";

/** A round as the chains tell it. */
export interface RoundToReplay {
  spec: TaskSpec;
  /** The specification's. */
  strategy: Strategy;
  round: number;
  /** Digest of the global model that it started from. */
  base: string;
  /** Of all subchains whose reports count, in any order. */
  revealed: readonly RevealedUpdate[];
}

/** What a round's updates add up to when an auditor does the sum. */
export interface Replay {
  /** Storage digest of the aggregate; undefined when no update can be taken. */
  globalModel: string | undefined;
  acceptable: RevealedUpdate[];
  /** The others, each with why it cannot be taken. */
  unacceptable: { update: RevealedUpdate; why: string }[];
}

/**
 * Replays a round: from the updates that may be taken (`acceptUpdate`), those that
 * the strategy takes, and the model that it makes of them.
 *
 * @example (await replayRound({ spec, strategy, round, base, revealed }, evidence.updates)).globalModel === attested
 */
export async function replayRound(
  { spec, strategy, round, base, revealed }: RoundToReplay,
  updates: StoredUpdates,
): Promise<Replay> {
  const parts: (WeightedUpdate & { revealed: RevealedUpdate })[] = [];
  const unacceptable: Replay["unacceptable"] = [];
  for (const update of revealed) {
    const { engine } = update;
    const file = await acceptUpdate(spec, base, { engine, read: (most) => updates.get(update.update, most) });
    if (file instanceof BaseError) unacceptable.push({ update, why: errorSentence(file) });
    else parts.push({ update: file, weight: update.samples, revealed: update });
  }
  if (parts.length === 0) return { globalModel: undefined, acceptable: [], unacceptable };
  const model = await updates.get(base);
  if (model instanceof BaseError) {
    throw new AuditFailure(
      `The global model ${base} that round ${round} started from cannot be read: ${errorSentence(model)}`,
      model,
    );
  }
  const global = decodeModel(model, spec);
  const aggregate = aggregateUpdates({ strategy, round, global, updates: parts });
  for (const { part, why } of aggregate.leftOut) unacceptable.push({ update: part.revealed, why });
  const acceptable = aggregate.taken.map(({ part }) => part.revealed);
  const globalModel = acceptable.length === 0 ? undefined : await digestOf(encodeModel(aggregate.global));
  return { globalModel, acceptable, unacceptable };
}
