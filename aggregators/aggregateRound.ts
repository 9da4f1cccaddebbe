import type { TaskSpec } from "../chains/taskSpec.ts";
import { fedAvg, type WeightedUpdate } from "../learning/federated/fedAvg.ts";
import { decodeUpdate, encodeUpdate } from "../learning/federated/updateCodec.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { RevealedUpdate } from "../protocol/leaves.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";

/** The revealed updates of one subchain in one round, in the order of their reveals. */
export interface RevealedRound {
  chainId: bigint;
  revealed: readonly RevealedUpdate[];
}

/** An update that was not taken, and why. */
export interface LeftOut {
  update: RevealedUpdate;
  reason: string;
}

/** What a round's updates add up to. */
export interface RoundAggregate {
  /** The aggregated global model as it is stored. */
  bytes: Uint8Array;
  /** A subchain in the order given: words of 256 acceptance bits, bit = the worker's index. */
  accepted: bigint[][];
  leftOut: LeftOut[];
}

/** Errors that tell of our way to storage, not of an update: with them nothing can be said of it. */
const STORAGE_TROUBLE = new Set(["STORAGE_UNREACHABLE", "STORAGE_REFUSED", "STORAGE_IO"]);

/**
 * Aggregates a round: fetches every revealed update, leaves out those that are
 * missing, damaged or not of the task's model, and averages the rest weighted by
 * their samples (FedAvg, eq. 1 of the model-trading paper). The result depends on
 * nothing but the task, the updates and what storage holds, so all aggregators
 * and auditors reach the same bytes.
 *
 * @throws `NO_UPDATES` when none can be taken; `STORAGE_UNREACHABLE`, `STORAGE_REFUSED` or `STORAGE_IO` when storage
 * does not answer, so that no worker loses by it.
 */
export async function aggregateRound(
  spec: TaskSpec,
  subchains: readonly RevealedRound[],
  storage: ContentStore,
): Promise<RoundAggregate> {
  const leftOut: LeftOut[] = [];
  const taken: WeightedUpdate[] = [];
  const accepted: bigint[][] = [];
  for (const { revealed } of subchains) {
    const models = await Promise.all(revealed.map((update) => tryUpdate(spec, update, storage)));
    const words: bigint[] = [];
    for (const [i, update] of revealed.entries()) {
      const model = models[i]!;
      if (model instanceof BaseError) {
        leftOut.push({ update, reason: model.shortMessage });
        continue;
      }
      taken.push({ model, weight: update.samples });
      const word = Math.floor(update.index / 256);
      while (words.length <= word) words.push(0n);
      words[word]! |= 1n << BigInt(update.index % 256);
    }
    accepted.push(words);
  }
  if (taken.length === 0) {
    throw new BaseError("NO_UPDATES", "No revealed update of the round can be taken.", {
      details: leftOut.map(({ update, reason }) => `${update.worker}: ${reason}`).join(" "),
    });
  }
  return { bytes: encodeUpdate(fedAvg(taken)), accepted, leftOut };
}

async function tryUpdate(spec: TaskSpec, { update }: RevealedUpdate, storage: ContentStore) {
  try {
    const bytes = await storage.get(update as Digest);
    return decodeUpdate(bytes, { spec: spec.model, fractionBits: spec.fractionBits });
  } catch (error) {
    if (error instanceof BaseError && !STORAGE_TROUBLE.has(error.code)) return error;
    throw error;
  }
}
