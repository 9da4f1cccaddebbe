import { decodeUpdate } from "../learning/federated/updateCodec.ts";
import type { WorkerState } from "../learning/federated/WorkerState.ts";
import { decodeWorkerState, workerStateOf } from "../learning/federated/workerStateCodec.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { RevealedUpdate } from "../protocol/leaves.ts";
import { AuditFailure } from "./AuditFailure.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import type { Evidence } from "./Evidence.ts";
import { errorSentence } from "./errorSentence.ts";
import { finalizedRounds, isAccepted } from "./finalizedRounds.ts";
import { subchainRounds } from "./subchainRounds.ts";

/**
 * The state that a worker's training of a round must go on from: the one that its
 * last update which main accepted before that round has left.
 *
 * @returns undefined when workers of the task keep none, or nothing of this one was accepted before.
 * @throws AuditFailure when it cannot be read.
 */
export async function workerStateBefore(
  evidence: Evidence,
  chain: ChainEvidence,
  { worker, index, round }: RevealedUpdate,
): Promise<{ digest: string; state: WorkerState } | undefined> {
  const [spec, { subchains, initialModel }] = await Promise.all([evidence.spec(), evidence.terms()]);
  const has = workerStateOf(spec);
  if (!has.residual && !has.control) return undefined;
  const finalized = finalizedRounds(evidence.main, evidence.task);
  const place = subchains.indexOf(chain.chainId);
  const last = finalized.findLast((other) => other.round < round && isAccepted(other, place, index));
  if (last === undefined) return undefined;
  const reveals = (await subchainRounds(evidence, chain)).find(
    (other) => other.round === last.round,
  )?.reveals;
  const update = reveals?.find((reveal) => reveal.update.worker === worker)?.update.update;
  if (update === undefined) {
    throw new AuditFailure(
      `Round ${last.round} accepted an update of worker ${worker} of ${chain.name}, which revealed none.`,
    );
  }
  const base = finalized.find((other) => other.round === last.round - 1)?.globalModel ?? initialModel;
  const { stateAfter } = decodeUpdate(await read(evidence, update), spec, base);
  // No update of such a task is decoded without one.
  const digest = stateAfter!;
  return { digest, state: decodeWorkerState(await read(evidence, digest), spec) };
}

async function read(evidence: Evidence, digest: string): Promise<Uint8Array> {
  const bytes = await evidence.updates.get(digest);
  if (!(bytes instanceof BaseError)) return bytes;
  throw new AuditFailure(`${digest} cannot be read: ${errorSentence(bytes)}`, bytes);
}
