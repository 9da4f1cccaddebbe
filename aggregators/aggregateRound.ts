import { aggregateUpdates, type WeightedUpdate } from "../learning/federated/aggregateUpdates.ts";
import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import type { UpdateFile } from "../learning/federated/UpdateFile.ts";
import { decodeUpdate } from "../learning/federated/updateCodec.ts";
import { acceptanceOf } from "../protocol/acceptance.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { decodeEngineId } from "../protocol/engineId.ts";
import type { RevealedUpdate } from "../protocol/leaves.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** The revealed updates of one subchain in one round, in the order of their reveals. */
export interface RevealedRound {
  chainId: bigint;
  revealed: readonly RevealedUpdate[];
}

/** A round that is to be aggregated. */
export interface RoundToAggregate {
  spec: TaskSpec;
  round: number;
  /** The global model that the round started from, and its digest. */
  global: GlobalModel;
  base: string;
  subchains: readonly RevealedRound[];
}

/** An update that was not taken, and why. */
export interface LeftOut {
  update: RevealedUpdate;
  /** Name of the error with which it was refused. */
  code: string;
  reason: string;
}

/** What a round's updates add up to. */
export interface RoundAggregate {
  /** The next global model. */
  model: GlobalModel;
  /** A subchain in the order given: words of 256 acceptance bits, bit = the worker's index. */
  accepted: bigint[][];
  leftOut: LeftOut[];
}

/** Errors that tell of our way to storage, not of an update: with them nothing can be said of it. */
const STORAGE_TROUBLE = new Set(["STORAGE_UNREACHABLE", "STORAGE_REFUSED", "STORAGE_IO"]);

/**
 * Aggregates a round: fetches every revealed update, leaves out those that are
 * missing, damaged, not of the task's model and format or of another numeric
 * class, and aggregates the rest by the task's strategy, weighted by their
 * samples. The result depends on nothing but the task, the global model, the
 * updates and what storage holds, so all aggregators and auditors reach the same
 * bytes.
 *
 * @throws `NO_UPDATES` when none can be taken; `STORAGE_UNREACHABLE`, `STORAGE_REFUSED` or `STORAGE_IO` when storage
 * does not answer, so that no worker loses by it.
 */
export async function aggregateRound(
  { spec, round, global, base, subchains }: RoundToAggregate,
  storage: ContentStore,
): Promise<RoundAggregate> {
  const leftOut: LeftOut[] = [];
  const updates: WeightedUpdate[] = [];
  const accepted: bigint[][] = [];
  for (const { revealed } of subchains) {
    const files = await Promise.all(revealed.map((update) => tryUpdate(spec, base, update, storage)));
    const indices: number[] = [];
    for (const [i, update] of revealed.entries()) {
      const file = files[i]!;
      if (file instanceof BaseError) {
        leftOut.push({ update, code: file.code, reason: file.shortMessage });
      } else {
        updates.push({ update: file, weight: update.samples });
        indices.push(update.index);
      }
    }
    accepted.push(acceptanceOf(indices));
  }
  if (updates.length === 0) {
    throw new BaseError("NO_UPDATES", "No revealed update of the round can be taken.", {
      details: leftOut.map(({ update, reason }) => `${update.worker}: ${reason}`).join(" "),
    });
  }
  return { model: aggregateUpdates({ task: spec, round, global, updates }), accepted, leftOut };
}

/** The update's file, or the error that keeps it out. */
async function tryUpdate(
  spec: TaskSpec,
  base: string,
  { update, engine }: RevealedUpdate,
  storage: ContentStore,
): Promise<UpdateFile | BaseError> {
  try {
    const { numericClass } = decodeEngineId(engine);
    if (numericClass !== spec.numericClass) {
      return new BaseError("UPDATE_CLASS", "The update was computed with another numeric class.", {
        details: `The task's is ${spec.numericClass}; the update was committed with ${numericClass}.`,
      });
    }
    return decodeUpdate(await storage.get(update as Digest), spec, base);
  } catch (error) {
    if (error instanceof BaseError && !STORAGE_TROUBLE.has(error.code)) return error;
    throw error;
  }
}
