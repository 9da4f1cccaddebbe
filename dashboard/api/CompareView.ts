import type { ViewTable } from "./TaskLive.ts";
import type { TaskRow } from "./TaskRow.ts";
import type { Wei } from "./values.ts";

/** Tasks side by side, each a column. */
export interface CompareView {
  tasks: ComparedTask[];
}

export interface ComparedTask {
  row: TaskRow;
  offer: { text: string; table: ViewTable | null };
  curve: { round: number; score: number; secondsFromStart: number }[];
  /** Seconds from the epoch's start to the last finalized round; null before the first. */
  trainingSeconds: number | null;
  paidPerWorker: { least: Wei; median: Wei; most: Wei } | null;
  /** What of the escrow went back; 0 to 1. */
  refundedShare: number | null;
  /** Accepted updates, of those that were revealed. */
  updates: { accepted: number; revealed: number };
  /** Mean of what workers' data were fresh of the epoch, 0 to 1; null where the mechanism has no such measure. */
  freshShare: number | null;
  /** Workers by what they chose, such as "item 3": how many, and what they were paid. */
  choices: { choice: string; workers: number; paid: Wei }[];
}
