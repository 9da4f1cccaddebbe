import type { TaskTerms } from "../protocol/taskTerms.ts";

/** A worker whose work was recorded. */
export interface SettledWorker {
  worker: string;
  chain: string;
  /** Hex. */
  choice: string;
  work: string;
  /** How often its data were refreshed. */
  refreshes: number;
  /** Undefined while its pay has not been claimed; wei. */
  claim: { acceptedRounds: number; paid: bigint } | undefined;
}

/** A task of which at least one subchain has settled, as its chains tell it. */
export interface SettledTask {
  taskId: string;
  status: string;
  /** Names of subchains that have not settled yet. */
  unsettled: readonly string[];
  terms: TaskTerms;
  /** Hex. */
  mechanismTerms: string;
  /** `reward` of the task file; undefined where storage does not have it. */
  reward: Readonly<Record<string, unknown>> | undefined;
  /** Rounds finalized. */
  rounds: number;
  /** Wei. */
  escrow: { funded: bigint; paid: bigint; refunded: bigint };
  workers: readonly SettledWorker[];
}
