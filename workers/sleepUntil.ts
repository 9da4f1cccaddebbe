/**
 * Waits until a time of the injected clock.
 *
 * @param time - Unix milliseconds.
 * @returns false when `signal` aborted first.
 */
export async function sleepUntil(time: number, clock: () => number, signal: AbortSignal): Promise<boolean> {
  // Timers may fire early by a millisecond, and take at most 2^31 − 1 ms.
  for (let left = time - clock(); left > 0; left = time - clock()) {
    if (signal.aborted) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(end, Math.min(left, 2 ** 31 - 1));
      function end() {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      }
      signal.addEventListener("abort", end, { once: true });
    });
  }
  return !signal.aborted;
}
