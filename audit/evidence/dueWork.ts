import { keccak256 } from "ethers";

import type { EnrolledWorker } from "../../mechanisms/MechanismAudit.ts";
import type { WorkRecord } from "../../protocol/leaves.ts";
import type { Tally } from "../Tally.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import type { Evidence } from "./Evidence.ts";
import { enrolmentsOf } from "./enrolmentsOf.ts";
import { refreshesOf } from "./refreshesOf.ts";

/** What a subchain must record about a worker. */
export interface DueWork {
  record: WorkRecord;
  /** What the record holds the hash of, hex. */
  work: string;
}

/** Who enrolled in a task on a subchain, with the block times of their refreshes. */
export async function enrolledWorkers(evidence: Evidence, chain: ChainEvidence): Promise<EnrolledWorker[]> {
  const { task } = evidence;
  const refreshes = Map.groupBy(await refreshesOf(chain, task), ({ worker }) => worker);
  return enrolmentsOf(chain, task).map(({ worker, index, choice }) => ({
    worker,
    index,
    choice,
    refreshes: (refreshes.get(worker) ?? []).map(({ time }) => time),
  }));
}

/**
 * What a subchain must record about each worker of a task over the whole epoch, as the mechanism derives it again from
 * enrolments, the published terms and the block times of refreshes.
 *
 * @returns In the order of enrolment.
 */
export async function dueWork(evidence: Evidence, chain: ChainEvidence, tally: Tally): Promise<DueWork[]> {
  const [{ audit }, audited, workers] = await Promise.all([
    evidence.mechanism(),
    evidence.audited(),
    enrolledWorkers(evidence, chain),
  ]);
  const { task } = evidence;
  const { chainId } = chain;
  return workers.map((enrolled) => {
    const work = audit.workOf(audited, enrolled, tally);
    const { index, worker } = enrolled;
    return { record: { chainId, task, index, worker, workHash: keccak256(work) }, work };
  });
}
