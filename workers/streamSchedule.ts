/**
 * Which of a worker's data a round's training may use.
 *
 * It follows from the task's times and the worker's choice alone, never from when
 * something happened to run: so the same seed gives the same updates in every run.
 */

/** Times of a task that a schedule follows from, seconds. */
export interface EpochTimes {
  /** s, Unix seconds. */
  startTime: number;
  /** T. */
  epochSeconds: number;
  /** Rounds, spread evenly over the epoch. */
  rounds: number;
}

/** When a round begins at the earliest, Unix seconds. */
export function roundTime({ startTime, epochSeconds, rounds }: EpochTimes, round: number): number {
  return startTime + Math.floor((round * epochSeconds) / rounds);
}

/**
 * How many of the `total` samples of its stream a device has collected with its
 * refresh `j` of `refreshes`: half of them are there from before, at least one if
 * there is one, the rest comes in equal parts.
 */
export function samplesCollected(total: number, refreshes: number, j: number): number {
  return Math.max(Math.min(total, 1), Math.floor((total * (refreshes + j + 1)) / (2 * refreshes)));
}
