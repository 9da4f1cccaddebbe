import type { Clock } from "./Clock.ts";

/**
 * Does some work with a signal that aborts once the time is over, or when another signal does. What comes of the work
 * then is up to it.
 *
 * @example
 * const answer = await withTimeout({ clock, milliseconds: 5000 }, (signal) => fetch(url, { signal }));
 */
export async function withTimeout<T>(
  { clock, milliseconds, signal }: { clock: Clock; milliseconds: number; signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  const end = () => over.abort(signal?.reason);
  if (signal?.aborted) end();
  else signal?.addEventListener("abort", end, { once: true });
  void clock.sleep(milliseconds, done.signal).then(() => {
    if (!done.signal.aborted)
      over.abort(new DOMException(`No end within ${milliseconds / 1000} s.`, "TimeoutError"));
  });
  try {
    return await work(over.signal);
  } finally {
    done.abort();
    signal?.removeEventListener("abort", end);
  }
}
