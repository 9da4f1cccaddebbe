import { aggregateUpdates, type WeightedUpdate } from "../../learning/federated/aggregateUpdates.ts";
import { decodeModel, encodeModel } from "../../learning/federated/modelCodec.ts";
import type { UpdateFile } from "../../learning/federated/UpdateFile.ts";
import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { decodeEngineId } from "../../protocol/engineId.ts";
import type { RevealedUpdate } from "../../protocol/leaves.ts";
import { digestOf } from "../../storage/contentId.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorSentence } from "../errorSentence.ts";
import type { StoredUpdates } from "../evidence/StoredUpdates.ts";

/** A round as the chains tell it. */
export interface RoundToReplay {
  spec: TaskSpec;
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
 * Replays a round. The rule of acceptance, stated here and not taken from the
 * aggregators: an update counts if and only if it was committed to with an engine
 * of the task's numeric class, its bytes are in storage under its digest, and they
 * are an update of the task's model, encoding and class on the round's global model.
 *
 * @example (await replayRound({ spec, round, base, revealed }, evidence.updates)).globalModel === attested
 */
export async function replayRound(
  { spec, round, base, revealed }: RoundToReplay,
  updates: StoredUpdates,
): Promise<Replay> {
  const acceptable: RevealedUpdate[] = [];
  const unacceptable: Replay["unacceptable"] = [];
  const parts: WeightedUpdate[] = [];
  for (const update of revealed) {
    const file = await tryUpdate(spec, base, update, updates);
    if (typeof file === "string") {
      unacceptable.push({ update, why: file });
    } else {
      acceptable.push(update);
      parts.push({ update: file, weight: update.samples });
    }
  }
  if (parts.length === 0) return { globalModel: undefined, acceptable, unacceptable };
  const model = await updates.get(base);
  if (model instanceof BaseError) {
    throw new AuditFailure(
      `The global model ${base} that round ${round} started from cannot be read: ${errorSentence(model)}`,
      model,
    );
  }
  const global = decodeModel(model, spec);
  const aggregate = aggregateUpdates({ task: spec, round, global, updates: parts });
  return { globalModel: await digestOf(encodeModel(aggregate)), acceptable, unacceptable };
}

/** The update's file, or why it cannot be taken. */
async function tryUpdate(
  spec: TaskSpec,
  base: string,
  { update, engine }: RevealedUpdate,
  updates: StoredUpdates,
): Promise<UpdateFile | string> {
  try {
    const { numericClass } = decodeEngineId(engine);
    if (numericClass !== spec.numericClass) {
      return `It was committed to as computed with ${numericClass}; the task's numeric class is ${spec.numericClass}.`;
    }
    const bytes = await updates.get(update);
    if (bytes instanceof BaseError) return errorSentence(bytes);
    return decodeUpdate(bytes, spec, base);
  } catch (error) {
    if (error instanceof AuditFailure) throw error;
    if (error instanceof BaseError) return errorSentence(error);
    throw error;
  }
}
