import { LONGEST_SILENCE_SECONDS } from "../../protocol/taskTerms.ts";
import type { TaskView } from "./TaskView.ts";

/** What the escrow of an ended task is held for: claims of settled workers, or subchains that have not settled. */
export type HoldReason = "claims" | "settlements";

/** Until when what is left of a task is held. */
export interface EscrowHold {
  /** Unix seconds. */
  readonly until: number;
  readonly why: HoldReason;
}

/**
 * Until when an ended task's escrow is held, and why; undefined when nothing can be claimed any more. As
 * ITaskManager.heldUntil, but for routes: a task's events do not tell that one is closed.
 */
export function escrowHold({
  status,
  terms,
  endedAt,
  subchains,
  payments,
}: TaskView): EscrowHold | undefined {
  if (status === "Rejected") return undefined;
  const { startTime, epochSeconds, claimSeconds } = terms.schedule;
  const settled = subchains.filter(({ settlementAt }) => settlementAt !== undefined);
  const workers = settled.reduce((sum, { settledWorkers = 0 }) => sum + settledWorkers, 0);
  const all = settled.length === subchains.length;
  if (all && payments.length === workers) return undefined;
  const end = Math.max(endedAt ?? 0, startTime + epochSeconds);
  const last = settled.reduce((latest, { settlementAt = 0 }) => Math.max(latest, settlementAt), end);
  const claims = last + claimSeconds;
  const settlements = all ? 0 : end + claimSeconds + LONGEST_SILENCE_SECONDS;
  return settlements > claims ? { until: settlements, why: "settlements" } : { until: claims, why: "claims" };
}
