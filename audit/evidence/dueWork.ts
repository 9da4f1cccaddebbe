import { keccak256 } from "ethers";

import type { WorkRecord } from "../../protocol/leaves.ts";
import type { Tally } from "../Tally.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import type { Evidence } from "./Evidence.ts";
import { enrolledWorkers } from "./enrolledWorkers.ts";

/** What a subchain must record about a worker. */
export interface DueWork {
  record: WorkRecord;
  /** What the record holds the hash of, hex. */
  work: string;
}

/**
 * What a subchain must record about each worker of a task over the whole epoch, as the mechanism derives it again from
 * enrolments, the published terms, refreshes and reveals.
 *
 * @returns In the order of enrolment.
 */
export async function dueWork(evidence: Evidence, chain: ChainEvidence, tally: Tally): Promise<DueWork[]> {
  const [{ audit }, audited, workers] = await Promise.all([
    evidence.mechanism(),
    evidence.audited(),
    enrolledWorkers(chain, evidence.task),
  ]);
  const { task } = evidence;
  const { chainId } = chain;
  return workers.map((enrolled) => {
    const work = audit.workOf(audited, enrolled, tally);
    const { index, worker } = enrolled;
    return { record: { chainId, task, index, worker, workHash: keccak256(work) }, work };
  });
}
