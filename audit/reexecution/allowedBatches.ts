import { isBefore } from "../../chains/clients/ChainEvent.ts";
import { mechanismOf } from "../../mechanisms/mechanismOf.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { enrolmentsOf } from "../evidence/enrolmentsOf.ts";
import type { RevealedHere } from "./Reexecution.ts";

/** Which batches a twin's update may have been trained on. */
export interface AllowedBatches {
  /** Digests of all that was synchronized to it before it committed, oldest first. */
  synchronized: string[];
  /** The update was trained as of the synchronization with one of these numbers, from 1. */
  from: number;
  until: number;
}

/**
 * Which synchronizations a twin's training could and had to go by. A round takes
 * what was due when it could begin; by then not all of that need have come, but
 * what had come when the round began there counts.
 *
 * @throws AuditFailure when the worker never committed or enrolled.
 */
export async function allowedBatches(
  evidence: Evidence,
  { chain, round, reveal }: RevealedHere,
): Promise<AllowedBatches> {
  const { task } = evidence;
  const { worker } = reveal.update;
  const { mechanism, rounds, schedule } = await evidence.terms();
  const commit = round.commits.find(({ args }) => args.worker === worker);
  const enrolment = enrolmentsOf(chain, task).find((other) => other.worker === worker);
  if (commit === undefined || enrolment === undefined) {
    throw new AuditFailure(
      `Worker ${worker} of ${chain.name} did not commit in round ${ordinal(round.round)}, or never enrolled.`,
    );
  }
  const before = eventsOf(chain, task, "TwinSynchronized").filter(
    (event) => event.args.twin === worker && isBefore(event, commit),
  );
  const times = await Promise.all(before.map(({ blockNumber }) => chain.blockTime(blockNumber)));
  const begins = schedule.startTime + Math.floor((round.round * schedule.epochSeconds) / rounds);
  const { audit } = mechanismOf(mechanism);
  const due = audit.refreshesDue(
    await evidence.audited(),
    enrolment.choice,
    begins,
    chain.place.blockSeconds,
  );
  const come = times.filter((time) => time < round.startedAt).length;
  return {
    synchronized: before.map(({ args }) => args.dataDigest),
    from: Math.max(1, Math.min(due, come)),
    until: Math.min(due, before.length),
  };
}
