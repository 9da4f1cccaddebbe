import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import { decodeUpdate, mostUpdateBytes } from "../learning/federated/updateCodec.ts";
import type { WorkerState } from "../learning/federated/WorkerState.ts";
import { decodeWorkerState, mostStateBytes, workerStateOf } from "../learning/federated/workerStateCodec.ts";
import { isAccepted } from "../protocol/acceptance.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import type { TaskContext } from "./TaskContext.ts";

/** A worker's state as it is stored. */
export interface StoredState {
  digest: Digest;
  state: WorkerState;
}

/**
 * What a worker's training of a round goes on from: the state that its last
 * update which entered a global model has left. It follows from the chains and
 * storage alone, so a restarted worker goes on with it and an auditor finds it.
 *
 * @returns undefined when the task's workers keep no state, or none of its updates has entered a model.
 * @throws the errors of `ContentStore.get` when storage has lost it: another state would be another update.
 */
export async function stateBefore(
  { task, spec, place, index }: TaskContext,
  { worker, round }: { worker: string; round: number },
  modules: { mainFollower: ChainFollower; follower: ChainFollower; storage: ContentStore },
  signal: AbortSignal,
): Promise<StoredState | undefined> {
  const { mainFollower, follower, storage } = modules;
  const has = workerStateOf(spec);
  if (!has.residual && !has.control) return undefined;
  for (let last = round - 1; last >= 0; last--) {
    const ofRound = { task, where: ({ args }: { args: { round: number } }) => args.round === last };
    const finalized = await mainFollower.first({ name: "RoundFinalized", ...ofRound }, signal);
    if (!isAccepted(finalized.args.accepted[place] ?? [], index)) continue;
    const revealed = await follower.first(
      {
        name: "UpdateRevealed",
        task,
        where: ({ args }) => args.round === last && args.worker === worker,
      },
      signal,
    );
    const started = await follower.first({ name: "RoundStarted", ...ofRound }, signal);
    const bytes = await storage.get(revealed.args.update as Digest, mostUpdateBytes(spec));
    const { stateAfter } = decodeUpdate(bytes, spec, started.args.globalModel);
    if (stateAfter === undefined) return undefined;
    const digest = stateAfter as Digest;
    return { digest, state: decodeWorkerState(await storage.get(digest, mostStateBytes(spec)), spec) };
  }
  return undefined;
}
