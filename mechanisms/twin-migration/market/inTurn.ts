import { backOff } from "../../../protocol/backOff.ts";
import type { Clock } from "../../../protocol/Clock.ts";

/** Longest pause after failures, milliseconds. */
const LAST_PAUSE_MILLISECONDS = 5000;

/** Does some work every so often until `signal` aborts; after failures, which are told, ever less often. */
export async function inTurn(
  work: () => Promise<void>,
  { signal, milliseconds }: { signal: AbortSignal; milliseconds: number },
  { clock, onError }: { clock: Clock; onError: (error: unknown) => void },
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await work();
      failures = 0;
    } catch (error) {
      failures++;
      if (!signal.aborted) onError(error);
    }
    const last = Math.max(milliseconds, LAST_PAUSE_MILLISECONDS);
    if (!signal.aborted) await clock.sleep(backOff({ first: milliseconds, last }, failures + 1), signal);
  }
}
