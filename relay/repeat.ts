import { backOff } from "../protocol/backOff.ts";
import type { Clock } from "../protocol/Clock.ts";

/** Longest pause after failures, milliseconds. */
const LAST_PAUSE_MILLISECONDS = 5000;

/**
 * Does some work again and again until `signal` aborts: at once while it says that
 * there is more, else after a pause; after failures ever less often.
 *
 * @param work - Returns whether there may be more to do at once.
 */
export async function repeat(
  work: () => Promise<boolean>,
  options: { signal: AbortSignal; pollMilliseconds: number },
  modules: { clock: Clock; onError: (error: unknown) => void },
): Promise<void> {
  const { signal, pollMilliseconds } = options;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const more = await work();
      failures = 0;
      if (more) continue;
    } catch (error) {
      failures++;
      if (!signal.aborted) modules.onError(error);
    }
    if (!signal.aborted) {
      const pause = backOff({ first: pollMilliseconds, last: LAST_PAUSE_MILLISECONDS }, failures + 1);
      await modules.clock.sleep(pause, signal);
    }
  }
}
