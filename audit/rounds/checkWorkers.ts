import { type EventNamed, type EventPlace, isBefore } from "../../chains/clients/ChainEvent.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { enrolmentsOf } from "../evidence/enrolmentsOf.ts";
import { refreshesOf } from "../evidence/refreshesOf.ts";
import type { Tally } from "../Tally.ts";

/**
 * Who took part on a subchain was registered, enrolled once and in time, and only
 * its own device refreshed its data, within the epoch and with data it had not shown
 * before. Part of the check of works (`checkWork`).
 */
export async function checkWorkers(evidence: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const { task } = evidence;
  const { maxWorkers, schedule } = await evidence.terms();
  const { startTime, epochSeconds } = schedule;
  /** Devices by worker. */
  const enrolled = new Map<string, string>();
  for (const [place, { worker, index, event }] of enrolmentsOf(chain, task).entries()) {
    const who = `Worker ${worker} of ${chain.name}`;
    const time = await chain.blockTime(event.blockNumber);
    tally.require(
      !enrolled.has(worker),
      `${who} enrolled twice, again in transaction ${event.transactionHash}.`,
    );
    tally.require(index === place, `${who} was given index ${index} where ${place} was next.`);
    tally.require(
      index < maxWorkers,
      `${who} has index ${index}, but the task takes ${maxWorkers} workers a subchain.`,
    );
    tally.require(time < startTime, `${who} enrolled at ${time}, after the epoch began at ${startTime}.`);
    const device = deviceAt(chain, worker, event);
    tally.require(
      device !== undefined,
      `${who} was not registered when it enrolled in transaction ${event.transactionHash}.`,
    );
    enrolled.set(worker, device);
  }
  const seen = new Map<string, string>();
  for (const { worker, time, event } of await refreshesOf(chain, task)) {
    const { dataDigest } = event.args;
    const what = `The refresh of worker ${worker} of ${chain.name} in transaction ${event.transactionHash}`;
    tally.require(enrolled.has(worker), `${what} is of a worker that is not enrolled.`);
    tally.require(
      time < startTime + epochSeconds,
      `${what} is at ${time}, after the epoch, which ended at ${startTime + epochSeconds}.`,
    );
    if (event.name === "TwinSynchronized") {
      const { device } = event.args;
      const own = enrolled.get(worker);
      tally.require(
        own === device,
        `${what} came from ${device}; the twin's device at its enrolment was ${own}.`,
      );
    }
    const data = `${worker}/${dataDigest}`;
    const before = seen.get(data);
    tally.require(before === undefined, `${what} repeats the data ${dataDigest} of transaction ${before}.`);
    seen.set(data, event.transactionHash);
  }
}

/** The device that the registry had for a worker when an event happened. */
function deviceAt(chain: ChainEvidence, worker: string, event: EventPlace): string | undefined {
  const last = chain.events.findLast(
    (other): other is EventNamed<"WorkerRegistered" | "WorkerRevoked"> =>
      (other.name === "WorkerRegistered" || other.name === "WorkerRevoked") &&
      other.args.worker === worker &&
      isBefore(other, event),
  );
  return last?.name === "WorkerRegistered" ? last.args.device : undefined;
}
