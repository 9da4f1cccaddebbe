import { type EventNamed, type EventPlace, isBefore } from "../../chains/clients/ChainEvent.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import type { AuditedReveal, AuditedSubchain, EnrolledWorker } from "../../mechanisms/MechanismAudit.ts";
import { contracts } from "../../protocol/contracts.ts";
import { type ChainEvidence, eventsOf } from "./ChainEvidence.ts";
import { enrolmentsOf } from "./enrolmentsOf.ts";
import { refreshesOf } from "./refreshesOf.ts";
import { revealCall } from "./revealCall.ts";

/** The bits of a meter's answer with which it is told of rounds and of reveals (IMeter.sol). */
const HEARS_ROUNDS = 1;
const HEARS_REVEALS = 2;

/**
 * Who enrolled in a task on a subchain, with what happened before their work was recorded there.
 *
 * @param until - Only what came before this; all that the chain shows unless given.
 * @returns In the order of enrolment.
 */
export async function enrolledWorkers(
  chain: ChainEvidence,
  task: bigint,
  until?: EventPlace,
): Promise<EnrolledWorker[]> {
  const isInTime = (event: EventPlace) => until === undefined || isBefore(event, until);
  const refreshes = Map.groupBy(
    (await refreshesOf(chain, task)).filter(({ event }) => isInTime(event)),
    ({ worker }) => worker,
  );
  const reveals = Map.groupBy(await revealsOf(chain, task, isInTime), ({ worker }) => worker);
  const enrolments = enrolmentsOf(chain, task);
  const subchain = await auditedSubchain(chain, task, isInTime);
  return enrolments.map(({ worker, index, choice }) => ({
    worker,
    index,
    choice,
    refreshes: (refreshes.get(worker) ?? []).map(({ time }) => time),
    reveals: (reveals.get(worker) ?? []).map(({ reveal }) => reveal),
    subchain,
  }));
}

/** What happened in a task on a subchain, whoever did it; of rounds nothing where the meter hears of none. */
async function auditedSubchain(
  chain: ChainEvidence,
  task: bigint,
  isInTime: (event: EventPlace) => boolean,
): Promise<AuditedSubchain> {
  const address = applicationOf(chain.place);
  const nothing = { chainId: chain.chainId, address, rounds: [], commits: [] };
  if (eventsOf(chain, task, "RoundStarted").length === 0) return nothing;
  const { hears } = await chain.state(contracts.LearningSubchain, address, "taskOf", task);
  if ((hears & HEARS_ROUNDS) === 0) return nothing;
  const timed = async <A>(events: readonly (EventPlace & { args: A })[]) =>
    Promise.all(
      events
        .filter(isInTime)
        .map(async (event) => ({ ...event.args, time: await chain.blockTime(event.blockNumber) })),
    );
  const [rounds, commits] = await Promise.all([
    timed(eventsOf(chain, task, "RoundStarted")),
    timed(eventsOf(chain, task, "UpdateCommitted")),
  ]);
  return {
    ...nothing,
    rounds: rounds.map(({ round, openedAt, time }) => ({ round, openedAt, time })),
    commits: commits.map(({ round, worker, commitment, time }) => ({ round, worker, commitment, time })),
  };
}

/** Reveals in the order of the chain, without those that came after their worker's work was recorded. */
async function revealsOf(
  chain: ChainEvidence,
  task: bigint,
  isInTime: (event: EventPlace) => boolean,
): Promise<{ worker: string; reveal: AuditedReveal }[]> {
  const recorded = new Map(eventsOf(chain, task, "WorkRecorded").map((event) => [event.args.worker, event]));
  const events = eventsOf(chain, task, "UpdateRevealed").filter((event) => {
    const end = recorded.get(event.args.worker);
    return isInTime(event) && (end === undefined || isBefore(event, end));
  });
  if (events.length === 0) return [];
  const subchain = applicationOf(chain.place);
  const { hears } = await chain.state(contracts.LearningSubchain, subchain, "taskOf", task);
  return Promise.all(
    events.map(async (event) => {
      const { worker, round, update, samples } = event.args;
      // Only a meter that hears of reveals is shown anything.
      const evidence = (hears & HEARS_REVEALS) !== 0 ? await evidenceOf(chain, event) : "0x";
      const time = await chain.blockTime(event.blockNumber);
      return { worker, reveal: { round, update, samples, time, evidence } };
    }),
  );
}

/** What a meter was shown at a reveal: nothing in it shows that it is what was given, so only the call itself tells. */
async function evidenceOf(chain: ChainEvidence, event: EventNamed<"UpdateRevealed">): Promise<string> {
  return revealCall(chain, event, { provesItself: false, judge: ({ evidence }) => evidence });
}
