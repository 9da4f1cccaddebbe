import type { Seconds, Wei } from "./values.ts";

/** Where a task is in its life (tasks/view/taskPhase.ts). */
export type PhaseName =
  | "unheard"
  | "enrolling"
  | "committing"
  | "revealing"
  | "aggregating"
  | "overdue"
  | "settling"
  | "claiming"
  | "refunding"
  | "ended";

export type TaskStatusName = "None" | "Open" | "Completed" | "Expired" | "Rejected";

/** A task in a list. */
export interface TaskRow {
  /** Decimal: as the main chain numbers tasks, from 1. */
  taskId: string;
  /** Of its specification; null where storage does not have it, or not yet. */
  name: string | null;
  /** The mechanism's name; null of one that is not known here. */
  mechanism: string | null;
  publisher: string;
  publishedAt: Seconds;
  status: TaskStatusName;
  /** `round` is from 1; null outside of rounds. */
  phase: { name: PhaseName; round: number | null };
  /** Finalized rounds, and how many there are at the most. */
  rounds: { finalized: number; most: number };
  /** Of the last finalized round, 0 to 1; null before the first. */
  score: number | null;
  /** What scores are called, such as "accuracy" or "AUC"; null where that is not known. */
  measure: string | null;
  /** Who enrolled. */
  workers: number;
  /** Names of its subchains. */
  subchains: string[];
  /** held = funded − paid − refunded. */
  escrow: { funded: Wei; paid: Wei; refunded: Wei; held: Wei };
  /** How it ended (tasks/view/taskOutcome.ts); null while it is open. */
  outcome: { ok: boolean; text: string; next: string | null } | null;
}
