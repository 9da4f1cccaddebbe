/** Time as a service sees it; simulations bring their own. */
export interface Clock {
  /** Unix time, milliseconds. */
  now(): number;
  /** Resolves after that many milliseconds, or as soon as `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The longest that a timer takes, milliseconds: it fires at once when it is given more. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      let left = milliseconds;
      let timer: NodeJS.Timeout;
      signal?.addEventListener("abort", done, { once: true });
      next();
      function next() {
        const part = Math.min(left, LONGEST_TIMER_MILLISECONDS);
        left -= part;
        timer = setTimeout(left > 0 ? next : done, part);
      }
      function done() {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      }
    }),
};
