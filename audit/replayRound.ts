import type { TaskSpec } from "../chains/taskSpec.ts";
import { fedAvg, type WeightedUpdate } from "../learning/federated/fedAvg.ts";
import { decodeUpdate, encodeUpdate } from "../learning/federated/updateCodec.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { RevealedUpdate } from "../protocol/leaves.ts";
import { digestOf } from "../storage/contentId.ts";
import { errorSentence } from "./errorSentence.ts";
import type { StoredUpdates } from "./StoredUpdates.ts";

/** What a round's updates add up to when an auditor does the sum. */
export interface Replay {
  /** Storage digest of the aggregate; undefined when no update can be taken. */
  globalModel: string | undefined;
  acceptable: RevealedUpdate[];
  /** The others, each with why it cannot be taken. */
  unacceptable: { update: RevealedUpdate; why: string }[];
}

/**
 * Replays a round. The rule of acceptance, stated here and not taken from the
 * aggregators: an update counts if and only if its bytes are in storage under its
 * digest and are a model of the task's architecture and fraction bits.
 *
 * @param revealed - Of all subchains whose reports count, in any order.
 *
 * @example (await replayRound(spec, revealed, evidence.updates)).globalModel === attested
 */
export async function replayRound(
  spec: TaskSpec,
  revealed: readonly RevealedUpdate[],
  updates: StoredUpdates,
): Promise<Replay> {
  const acceptable: RevealedUpdate[] = [];
  const unacceptable: Replay["unacceptable"] = [];
  const parts: WeightedUpdate[] = [];
  for (const update of revealed) {
    const model = await tryModel(spec, update, updates);
    if (typeof model === "string") {
      unacceptable.push({ update, why: model });
    } else {
      acceptable.push(update);
      parts.push({ model, weight: update.samples });
    }
  }
  const globalModel = parts.length === 0 ? undefined : await digestOf(encodeUpdate(fedAvg(parts)));
  return { globalModel, acceptable, unacceptable };
}

async function tryModel(spec: TaskSpec, { update }: RevealedUpdate, updates: StoredUpdates) {
  const bytes = await updates.get(update);
  if (bytes instanceof BaseError) return errorSentence(bytes);
  try {
    return decodeUpdate(bytes, { spec: spec.model, fractionBits: spec.fractionBits });
  } catch (error) {
    if (error instanceof BaseError) return errorSentence(error);
    throw error;
  }
}
