import { aggregateUpdates, type WeightedUpdate } from "../learning/federated/aggregateUpdates.ts";
import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import type { Strategy } from "../learning/federated/strategies/Strategy.ts";
import type { UpdateFile } from "../learning/federated/UpdateFile.ts";
import { acceptanceOf } from "../protocol/acceptance.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { RevealedUpdate } from "../protocol/leaves.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { inBatches } from "../storage/inBatches.ts";
import { isStorageTrouble } from "../storage/isStorageTrouble.ts";
import { acceptUpdate } from "../tasks/acceptUpdate.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** Updates that are fetched and decoded at the same time; beside them the decoded ones are kept. */
const READ_AT_ONCE = 8;

/** The revealed updates of one subchain in one round, in the order of their reveals. */
export interface RevealedRound {
  chainId: bigint;
  revealed: readonly RevealedUpdate[];
}

/** A round that is to be aggregated. */
export interface RoundToAggregate {
  spec: TaskSpec;
  /** The specification's. */
  strategy: Strategy;
  round: number;
  /** The global model that the round started from, and its digest. */
  global: GlobalModel;
  base: string;
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
  /** The next global model. */
  model: GlobalModel;
  /** A subchain in the order given: words of 256 acceptance bits, bit = the worker's index. */
  accepted: bigint[][];
  leftOut: LeftOut[];
}

/**
 * Aggregates a round: fetches every revealed update, leaves out those that are not
 * acceptable (`acceptUpdate`), and has the task's strategy aggregate the rest,
 * weighted by their samples, which may leave out more. The result depends on nothing
 * but the task, the global model, the updates and what storage holds, so all
 * aggregators and auditors reach the same bytes.
 *
 * @throws `NO_UPDATES` when none can be taken; `STORAGE_UNREACHABLE`, `STORAGE_REFUSED` or `STORAGE_IO` when storage
 * does not answer, so that no worker loses by it.
 */
export async function aggregateRound(
  { spec, strategy, round, global, base, subchains }: RoundToAggregate,
  storage: ContentStore,
): Promise<RoundAggregate> {
  const leftOut: LeftOut[] = [];
  const updates: (WeightedUpdate & { revealed: RevealedUpdate })[] = [];
  for (const { revealed: offered } of subchains) {
    const files: (UpdateFile | BaseError)[] = [];
    await inBatches(offered, READ_AT_ONCE, async ({ update, engine }, i) => {
      const source = { engine, read: (most: number) => read(storage, update as Digest, most) };
      files[i] = await acceptUpdate(spec, base, source);
    });
    for (const [i, revealed] of offered.entries()) {
      const file = files[i]!;
      if (file instanceof BaseError) {
        leftOut.push({ update: revealed, code: file.code, reason: file.shortMessage });
      } else {
        updates.push({ update: file, weight: revealed.samples, revealed });
      }
    }
  }
  if (updates.length === 0) throw noUpdates(leftOut);
  const aggregate = aggregateUpdates({ strategy, round, global, updates });
  for (const { part, why } of aggregate.leftOut) {
    leftOut.push({ update: part.revealed, code: "UPDATE_REJECTED", reason: why });
  }
  if (aggregate.taken.length === 0) throw noUpdates(leftOut);
  const taken = new Set(aggregate.taken.map(({ part }) => part.revealed));
  const accepted = subchains.map(({ revealed }) =>
    acceptanceOf(revealed.filter((update) => taken.has(update)).map(({ index }) => index)),
  );
  return { model: aggregate.global, accepted, leftOut };
}

function noUpdates(leftOut: readonly LeftOut[]): BaseError {
  return new BaseError("NO_UPDATES", "No revealed update of the round can be taken.", {
    details: leftOut.map(({ update, reason }) => `${update.worker}: ${reason}`).join(" "),
  });
}

/** An update's bytes, or why storage has none. */
async function read(
  storage: ContentStore,
  digest: Digest,
  mostBytes: number,
): Promise<Uint8Array | BaseError> {
  try {
    return await storage.get(digest, mostBytes);
  } catch (error) {
    if (error instanceof BaseError && !isStorageTrouble(error)) return error;
    throw error;
  }
}
