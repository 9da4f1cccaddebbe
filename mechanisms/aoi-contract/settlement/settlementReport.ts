import type { SettledTask } from "../../SettledTask.ts";
import { decodeTerms, decodeWork } from "../encodings.ts";
import { rewardSchema } from "../rewardSchema.ts";
import { type ComparedSettlement, compareSettlement } from "./compareSettlement.ts";

/** A settled task beside what the contract theory predicted. */
export interface SettlementReport extends ComparedSettlement {
  taskId: string;
  status: string;
  /** Subchains of the task that have not settled yet. */
  unsettled: readonly string[];
}

/** Compares a settled task's realized freshness, utilities and budget with the theory's. */
export function settlementReport(settled: SettledTask): SettlementReport {
  const { taskId, status, unsettled, terms, mechanismTerms, reward, rounds, escrow } = settled;
  const menu = reward === undefined ? undefined : rewardSchema.parse(reward).menu;
  const types = menu !== undefined && "types" in menu ? menu.types : undefined;
  const compared = compareSettlement({
    terms: decodeTerms(mechanismTerms),
    epochSeconds: terms.schedule.epochSeconds,
    rounds,
    places: terms.maxWorkers * terms.subchains.length,
    escrow,
    workers: settled.workers.map(({ worker, chain, work, refreshes, claim }) => {
      const { item, coveredSeconds, ageSquares } = decodeWork(work);
      return {
        worker,
        chain,
        item,
        refreshes,
        coveredSeconds: Number(coveredSeconds),
        ageSquares,
        ...(claim === undefined ? {} : { claim }),
      };
    }),
    ...(types === undefined ? {} : { types }),
  });
  return { taskId, status, unsettled, ...compared };
}
