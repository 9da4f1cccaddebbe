import type { Seconds } from "./values.ts";

/**
 * How old each worker's data are over the epoch. The age is a saw-tooth: 0 at each refresh, then a second a second; before
 * the first refresh it runs from the epoch's start.
 */
export interface FreshnessView {
  taskId: string;
  epoch: { start: Seconds; end: Seconds };
  /** As of when: the newest time of the task's subchains. Of an epoch that is over, its end. */
  asOf: Seconds;
  workers: WorkerFreshness[];
}

export interface WorkerFreshness {
  worker: string;
  chain: string;
  space: "virtual" | "physical";
  /** What it chose, in a word, such as "item 3"; null where the mechanism has no such thing. */
  choice: string | null;
  /** θ: how long data count as fresh after a refresh, seconds; null where the mechanism has no such bound. */
  freshSeconds: number | null;
  /** When its data were refreshed, ascending. */
  refreshes: Seconds[];
  /** Where its data were fresh, from `epoch.start` to `asOf`: [from, to) each, apart and ascending. */
  covered: [Seconds, Seconds][];
  /** What of the epoch up to `asOf` is in none of these. */
  uncovered: [Seconds, Seconds][];
  coveredSeconds: number | null;
  /** As its subchain recorded it at the epoch's end, in words; null before. */
  recorded: string | null;
  /** Its age now, seconds; null once the epoch is over. */
  age: number | null;
  /** When the next refresh is due so that nothing is uncovered; null once the epoch is over, or without θ. */
  nextDue: Seconds | null;
}
