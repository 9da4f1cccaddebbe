import { AuditFailure } from "../../../audit/AuditFailure.ts";
import type { ChainEvidence } from "../../../audit/evidence/ChainEvidence.ts";
import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import { enrolmentsOf } from "../../../audit/evidence/enrolmentsOf.ts";
import { refreshesOf } from "../../../audit/evidence/refreshesOf.ts";
import type { WorkRecord } from "../../../protocol/leaves.ts";
import { coverageOf } from "./coverageOf.ts";

/**
 * What a subchain must record about each worker of a task over the whole epoch,
 * re-derived from enrolments, the published menu and the block times of refreshes.
 *
 * @returns In the order of enrolment.
 */
export async function workRecords(evidence: Evidence, chain: ChainEvidence): Promise<WorkRecord[]> {
  const { task } = evidence;
  const { menu } = evidence.menu();
  const { startTime, epochSeconds } = (await evidence.terms()).schedule;
  const refreshes = Map.groupBy(await refreshesOf(chain, task), ({ worker }) => worker);
  return enrolmentsOf(chain, task).map(({ worker, index, item }) => {
    const chosen = menu[item];
    if (chosen === undefined) {
      throw new AuditFailure(
        `Worker ${worker} of ${chain.name} enrolled with item ${item + 1}; the menu has ${menu.length}.`,
      );
    }
    const coverage = coverageOf({
      from: startTime,
      refreshes: (refreshes.get(worker) ?? []).map(({ time }) => time),
      periodSeconds: chosen.period,
      until: startTime + epochSeconds,
    });
    return { chainId: chain.chainId, task, index, worker, item, ...coverage };
  });
}
