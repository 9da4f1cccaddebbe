import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import type { WorkerState } from "../../learning/federated/WorkerState.ts";
import { decodeWorkerState, workerStateOf } from "../../learning/federated/workerStateCodec.ts";
import type { RevealedUpdate } from "../../protocol/leaves.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorSentence } from "../errorSentence.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { finalizedRounds, isAccepted } from "../evidence/finalizedRounds.ts";
import { subchainRounds } from "../evidence/subchainRounds.ts";
import { HAVE_STORED, stored, unexamined } from "./reexecutionEnd.ts";

/**
 * The state that a worker's training of a round must go on from: the one that its
 * last update which main accepted before that round has left.
 *
 * @returns undefined when workers of the task keep none, or nothing of this one was accepted before.
 * @throws ReexecutionEnd, unexamined, when storage does not have it.
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
      `Round ${ordinal(last.round)} accepted an update of worker ${worker} of ${chain.name}, which revealed none.`,
    );
  }
  const base = finalized.find((other) => other.round === last.round - 1)?.globalModel ?? initialModel;
  const bytes = await stored(evidence, "The worker's last accepted update", update);
  // No update of such a task is decoded without one.
  const digest = decodeUpdate(bytes, spec, base).stateAfter!;
  const state = await stored(evidence, "The worker's state", digest);
  try {
    return { digest, state: decodeWorkerState(state, spec) };
  } catch (error) {
    throw unexamined(`The worker's state ${digest} is none: ${errorSentence(error)}`, HAVE_STORED);
  }
}
