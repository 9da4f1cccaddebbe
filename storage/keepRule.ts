/** When a task needs what is stored for it, Unix ms. */
export interface TaskSpan {
  /** When it was published. */
  publishedAt: number;
  /** When nothing more can be claimed of it; undefined while something can. */
  overAt: number | undefined;
}

/** How long what is stored is kept. */
export interface KeepOptions {
  /** At least so long after it was put last, and after the last task that may need it was over, milliseconds. */
  keepMilliseconds: number;
}

/** How long before a task's publication its files may be put, milliseconds: its model and specification come first. */
export const LEAD_MILLISECONDS = 24 * 3_600_000;

/**
 * Whether what was put last at a time may be removed.
 *
 * Storage does not know which task a file is for. But whoever needs a file for a task puts it a day before the task's
 * publication at the earliest, and before the task is over. So it is kept until every task is over that it can have been
 * put for, and `keepMilliseconds` more, for auditors. This keeps more than is needed, and nothing less.
 *
 * @param tasks - All tasks of the network.
 * @example
 * mayGo(putAt, now, tasks, { keepMilliseconds: 30 * 86_400_000 });
 */
export function mayGo(
  putAt: number,
  now: number,
  tasks: readonly TaskSpan[],
  { keepMilliseconds }: KeepOptions,
): boolean {
  if (putAt + keepMilliseconds > now) return false;
  return tasks.every(({ publishedAt, overAt }) => {
    const isOfLater = publishedAt > putAt + LEAD_MILLISECONDS;
    const wasOver = overAt !== undefined && overAt < putAt;
    return isOfLater || wasOver || (overAt !== undefined && overAt + keepMilliseconds <= now);
  });
}
