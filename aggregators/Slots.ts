import { BaseError } from "../protocol/BaseError.ts";

/** Work of which so much is done at a time, so much more waits, and the rest is turned away. */
export class Slots {
  readonly #limits: { atATime: number; waiting: number };
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(limits: { atATime: number; waiting: number }) {
    this.#limits = limits;
  }

  /** Does it when its turn comes. @throws `RECEIPTS_BUSY` (retryable) when too many wait; what the work throws. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#limits.atATime) {
      if (this.#waiting.length >= this.#limits.waiting) {
        throw new BaseError("RECEIPTS_BUSY", "Too much is asked for at the moment.", { retryable: true });
      }
      // Whoever is done hands on its slot.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#busy++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }
}
