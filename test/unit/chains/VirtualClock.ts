import type { Clock } from "../../../chains/Clock.ts";

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #now = 1_000_000;
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();

  now(): number {
    return this.#now;
  }

  /** How many wait for a time to come. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = { until: this.#now + milliseconds, wake };
      const sleepers = this.#sleepers;
      function wake() {
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      }
      sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** Lets time pass, waking those whose time has come in their order, each before the next. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (;;) {
      const [next] = [...this.#sleepers].sort((a, b) => a.until - b.until);
      if (next === undefined || next.until > end) break;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await settled();
    }
    this.#now = end;
  }

  /** Lets as much time pass as a promise needs to settle, at the most `most` milliseconds. */
  async until<T>(promise: Promise<T>, most = 600_000): Promise<T> {
    let pending = true;
    const watched = promise.finally(() => {
      pending = false;
    });
    watched.catch(() => undefined);
    await settled();
    for (const end = this.#now + most; pending; await settled()) {
      const [next] = [...this.#sleepers].sort((a, b) => a.until - b.until);
      if (next === undefined || next.until > end) throw new Error("Nothing more will happen.");
      this.#now = Math.max(this.#now, next.until);
      next.wake();
    }
    return watched;
  }
}

/** What was ready to run has run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
