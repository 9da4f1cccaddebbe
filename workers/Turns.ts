import type { Clock } from "../protocol/Clock.ts";

/** How long turns wait at the most for what goes before them, milliseconds: it may not come to an end. */
const PATIENCE_MILLISECONDS = 1500;

/**
 * Lets only so many do their work at a time; the others wait for their turn, in the order in which they came. What
 * cannot wait, such as a refresh that is due, goes before: no turn begins meanwhile.
 */
export class Turns {
  readonly #clock: Clock;
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #urgent = 0;
  #urgentSince = 0;
  #calm = new AbortController();

  /** @param atOnce - How many, ≥ 1. */
  constructor(atOnce: number, { clock }: { clock: Clock }) {
    this.#free = atOnce;
    this.#clock = clock;
  }

  /** Does some work when its turn has come. @throws what the work throws. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const left = this.#urgentSince + PATIENCE_MILLISECONDS - this.#clock.now();
      if (this.#urgent > 0 && left > 0) await this.#clock.sleep(left, this.#calm.signal);
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /** Does some work at once, before any turn that has not begun. @throws what the work throws. */
  async before<T>(work: () => Promise<T>): Promise<T> {
    if (this.#urgent++ === 0) {
      this.#urgentSince = this.#clock.now();
      this.#calm = new AbortController();
    }
    try {
      return await work();
    } finally {
      if (--this.#urgent === 0) this.#calm.abort();
    }
  }
}
