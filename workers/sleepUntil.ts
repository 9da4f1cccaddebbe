import type { Clock } from "../protocol/Clock.ts";

/**
 * Waits until a time of the injected clock.
 *
 * @param time - Unix milliseconds.
 * @returns false when `signal` aborted first.
 */
export async function sleepUntil(time: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  // Timers may fire early by a millisecond.
  for (let left = time - clock.now(); left > 0 && !signal.aborted; left = time - clock.now()) {
    await clock.sleep(left, signal);
  }
  return !signal.aborted;
}
