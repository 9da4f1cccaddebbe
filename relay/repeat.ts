import { backOff } from "../protocol/backOff.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { HintSource } from "./Hints.ts";

/** Longest pause after failures, milliseconds. */
const LAST_PAUSE_MILLISECONDS = 5000;

/**
 * Does some work again and again until `signal` aborts: at once while it says that
 * there is more, or when a hint came meanwhile, else after a pause, which a hint ends;
 * after failures ever less often, whatever hints come.
 *
 * @param work - Returns whether there may be more to do at once.
 * @param options - `hints`: of something new to look for. None is needed: without, it looks at every pause's end.
 */
export async function repeat(
  work: () => Promise<boolean>,
  options: { signal: AbortSignal; pollMilliseconds: number; hints?: HintSource | undefined },
  modules: { clock: Clock; onError: (error: unknown) => void },
): Promise<void> {
  const { signal, pollMilliseconds, hints } = options;
  let pause = new AbortController();
  const wake = () => pause.abort();
  const end = hints?.(wake);
  signal.addEventListener("abort", wake, { once: true });
  for (let failures = 0; !signal.aborted; ) {
    pause = new AbortController();
    try {
      const more = await work();
      failures = 0;
      if (more) continue;
    } catch (error) {
      failures++;
      if (!signal.aborted) modules.onError(error);
    }
    if (signal.aborted) break;
    const milliseconds = backOff({ first: pollMilliseconds, last: LAST_PAUSE_MILLISECONDS }, failures + 1);
    await modules.clock.sleep(milliseconds, failures === 0 ? pause.signal : signal);
  }
  signal.removeEventListener("abort", wake);
  end?.();
}
