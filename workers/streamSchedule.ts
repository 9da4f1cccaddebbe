/**
 * When a worker refreshes its data, and which of them a round's training may use.
 *
 * Both follow from the task's times and the worker's item alone, never from when
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

/** When a worker with period θ refreshes: s, s + θ, … before s + T, Unix seconds. */
export function refreshTimes({ startTime, epochSeconds }: EpochTimes, period: number): number[] {
  return Array.from({ length: Math.ceil(epochSeconds / period) }, (_, j) => startTime + j * period);
}

/** When a round begins at the earliest, Unix seconds. */
export function roundTime({ startTime, epochSeconds, rounds }: EpochTimes, round: number): number {
  return startTime + Math.floor((round * epochSeconds) / rounds);
}

/** The last refresh, from 0, that was due when a round could begin. */
export function lastRefreshBefore(times: EpochTimes, period: number, round: number): number {
  const due = refreshTimes(times, period);
  const begins = roundTime(times, round);
  return due.findLastIndex((time) => time <= begins);
}

/**
 * How many of the `total` samples of its stream a device has collected with its
 * refresh `j` of `refreshes`: half of them are there from before, the rest comes
 * in equal parts.
 */
export function samplesCollected(total: number, refreshes: number, j: number): number {
  return Math.floor((total * (refreshes + j + 1)) / (2 * refreshes));
}
