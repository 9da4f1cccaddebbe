import { BaseError } from "./BaseError.ts";
import { backOff } from "./backOff.ts";
import type { Clock } from "./Clock.ts";
import { mayPass } from "./mayPass.ts";

/** Pauses between attempts, milliseconds. */
const RETRY = { first: 250, last: 5000 };

/** How long something is tried. */
export interface TryAgainOptions {
  signal: AbortSignal;
  /** Until when, Unix milliseconds, asked after each failure: it may change. For ever unless given. */
  until?: () => number;
  /** Which errors pass, so that the work is done again: those of `mayPass` unless given. */
  isPassing?: (error: unknown) => boolean;
}

/**
 * Does some work, and again, ever less often, as long as it fails in a way that may pass and its time is not over.
 *
 * @param modules - `onFailure` is told what fails, each code once.
 * @returns What the work returns; undefined when `signal` aborts first.
 * @throws what the work throws that does not pass, or at the end of its time.
 */
export async function tryAgain<T>(
  work: () => Promise<T>,
  { signal, until = () => Number.POSITIVE_INFINITY, isPassing = mayPass }: TryAgainOptions,
  { clock, onFailure }: { clock: Clock; onFailure: (error: unknown) => void },
): Promise<T | undefined> {
  const told = new Set<string>();
  for (let failures = 0; !signal.aborted; ) {
    try {
      return await work();
    } catch (error) {
      const left = until() - clock.now();
      if (!isPassing(error) || left <= 0) throw error;
      const code = error instanceof BaseError ? error.code : String(error);
      if (!told.has(code) && !signal.aborted) onFailure(error);
      told.add(code);
      await clock.sleep(Math.min(left, backOff(RETRY, ++failures)), signal);
    }
  }
  return undefined;
}
