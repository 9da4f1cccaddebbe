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

/**
 * How many of the `total` samples of its stream a device has collected with its
 * refresh `j` of `refreshes`: half of them are there from before, at least one if
 * there is one, the rest comes in equal parts.
 */
export function samplesCollected(total: number, refreshes: number, j: number): number {
  return Math.max(Math.min(total, 1), Math.floor((total * (refreshes + j + 1)) / (2 * refreshes)));
}

/**
 * The refreshes by which a device has collected more of the `total` samples of its stream than before, one after the
 * other as they are asked for: those that bring nothing are passed over at once, however many there are.
 *
 * @returns Their numbers, and which samples are new: from `from` up to `until`, excluded.
 */
export function* refreshesWithNew(
  total: number,
  refreshes: number,
): Generator<{ refresh: number; from: number; until: number }> {
  let from = 0;
  for (let refresh = 0; refresh < refreshes; ) {
    const until = samplesCollected(total, refreshes, refresh);
    if (until > from) yield { refresh, from, until };
    from = until;
    // total (refreshes + j + 1) / (2 refreshes) reaches `until` + 1.
    const next = Math.ceil((2 * refreshes * (until + 1)) / total) - refreshes - 1;
    refresh = Math.max(refresh + 1, next);
  }
}
