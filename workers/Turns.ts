import type { Clock } from "../protocol/Clock.ts";

/** How long turns wait at the most for what goes before them, milliseconds: it may not come to an end. */
const PATIENCE_MILLISECONDS = 1500;

/** What goes before all turns of a process. */
interface Urgent {
  count: number;
  /** Since when there is any without a pause, Unix milliseconds. */
  since: number;
  /** Aborts when there is none any more. */
  calm: AbortController;
}

/**
 * Lets only so many do their work at a time; the others wait for their turn, in the order in which they came. What
 * cannot wait, such as a refresh that is due, goes before: no turn begins meanwhile.
 */
export class Turns {
  readonly #clock: Clock;
  #free: number;
  readonly #waiting: (() => void)[] = [];
  readonly #urgent: Urgent;

  /**
   * @param atOnce - How many, ≥ 1.
   * @param beside - Other turns, which wait for the same urgent things; each have their own number.
   */
  constructor(atOnce: number, { clock }: { clock: Clock }, beside?: Turns) {
    this.#free = atOnce;
    this.#clock = clock;
    this.#urgent =
      beside !== undefined ? beside.#urgent : { count: 0, since: 0, calm: new AbortController() };
  }

  /**
   * Does some work when its turn has come.
   *
   * @param holds - After how many milliseconds the next turn begins though this work goes on: who waits for others must
   * not keep those up who would not. Until it has ended unless given.
   * @throws what the work throws.
   */
  async take<T>(work: () => Promise<T>, holds = Number.POSITIVE_INFINITY): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isHeld = true;
    const passOn = () => {
      if (!isHeld) return;
      isHeld = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
    const ended = new AbortController();
    try {
      const left = this.#urgent.since + PATIENCE_MILLISECONDS - this.#clock.now();
      if (this.#urgent.count > 0 && left > 0) await this.#clock.sleep(left, this.#urgent.calm.signal);
      if (holds < Number.POSITIVE_INFINITY) void this.#clock.sleep(holds, ended.signal).then(passOn);
      return await work();
    } finally {
      ended.abort();
      passOn();
    }
  }

  /** Does some work at once, before any turn that has not begun. @throws what the work throws. */
  async before<T>(work: () => Promise<T>): Promise<T> {
    const urgent = this.#urgent;
    if (urgent.count++ === 0) {
      urgent.since = this.#clock.now();
      urgent.calm = new AbortController();
    }
    try {
      return await work();
    } finally {
      if (--urgent.count === 0) urgent.calm.abort();
    }
  }
}
