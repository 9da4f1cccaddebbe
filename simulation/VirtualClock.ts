import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { EventQueue, type TimedEvent } from "./EventQueue.ts";

interface Planned extends TimedEvent {
  act: (() => unknown) | undefined;
  then: ((result: never) => void) | undefined;
}

/** Something planned that can still be called off. */
export interface Plan {
  cancel(): void;
}

/**
 * Time that passes only as fast as the simulation gets on. Whatever waits, waits here: an event at a time, each
 * followed to its end, with everything that it sets off, before the next begins. So the same plans make the same
 * history, however fast the machine is.
 */
export class VirtualClock implements Clock {
  readonly #queue = new EventQueue<Planned>();
  #now: number;
  #planned = 0;
  #ran = 0;
  #waiting = 0;
  /** An event's work outside the simulation, such as a chain's, is under way. */
  #working = false;
  #stray: unknown;

  /** @param start - Unix time, milliseconds. */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** How many events have happened. */
  get events(): number {
    return this.#ran;
  }

  /** How many wait for their time to come. */
  get waiting(): number {
    return this.#waiting;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const plan = this.in(milliseconds, done);
      function done() {
        plan.cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      }
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  /** Plans something for so many milliseconds from now; see `at`. */
  in<T>(milliseconds: number, act: () => T | Promise<T>, then?: (result: T) => void): Plan {
    return this.at(this.#now + Math.max(0, milliseconds), act, then);
  }

  /**
   * Plans something.
   *
   * @param time - Unix time, milliseconds; what lies in the past happens next.
   * @param act - May wait for work outside the simulation; time stands still meanwhile, and nothing can be planned.
   * @param then - Gets the outcome of `act`, still at that time, and may plan again.
   */
  at<T>(time: number, act: () => T | Promise<T>, then?: (result: T) => void): Plan {
    if (this.#working) {
      // Whoever plans now was not set off by an event, but by the machine's own timers or input.
      const stray = new BaseError("NOT_VIRTUAL", "Something waits for more than the virtual clock.", {
        details: "It planned something while the simulation stood still, so its history cannot be repeated.",
      });
      this.#stray ??= stray;
      throw stray;
    }
    const planned: Planned = { time: Math.max(time, this.#now), sequence: this.#planned++, act, then };
    this.#queue.push(planned);
    this.#waiting++;
    return {
      cancel: () => {
        if (planned.act === undefined) return;
        planned.act = undefined;
        this.#waiting--;
      },
    };
  }

  /** Lets so many milliseconds pass; see `run`. */
  async advance(milliseconds: number): Promise<void> {
    await this.run(this.#now + milliseconds);
  }

  /**
   * Lets as much time pass as a promise needs to settle.
   *
   * @param most - Milliseconds after which it never will.
   * @throws `NEVER_SETTLES` when nothing more will happen before that.
   */
  async until<T>(promise: Promise<T>, most = 600_000): Promise<T> {
    let pending = true;
    const watched = promise.finally(() => {
      pending = false;
    });
    watched.catch(() => undefined);
    await this.run(this.#now + most, () => !pending);
    if (!pending) return watched;
    throw new BaseError("NEVER_SETTLES", "Nothing more will happen that could settle the promise.", {
      details: `It is ${this.#now}, and ${this.#waiting} wait for a time to come.`,
    });
  }

  /**
   * Lets time pass.
   *
   * @param until - Unix time, milliseconds, at which it stands still again.
   * @param finished - Asked after each event; ends the run early.
   * @throws `NOT_VIRTUAL` when something waited for more than this clock; whatever an event throws.
   */
  async run(until: number, finished: () => boolean = () => false): Promise<void> {
    // What was begun before the first event.
    await settled();
    while (!finished()) {
      const event = this.#queue.peek();
      if (event === undefined || event.time > until) {
        this.#now = Math.max(this.#now, until);
        break;
      }
      this.#queue.pop();
      const { act } = event;
      if (act === undefined) continue;
      event.act = undefined;
      this.#now = event.time;
      this.#ran++;
      this.#waiting--;
      const begun = act();
      const result = begun instanceof Promise ? await this.#work(begun) : begun;
      (event.then as ((result: unknown) => void) | undefined)?.(result);
      await settled();
      if (this.#stray !== undefined) throw this.#stray;
    }
  }

  async #work(result: Promise<unknown>): Promise<unknown> {
    this.#working = true;
    try {
      return await result;
    } finally {
      this.#working = false;
    }
  }
}

/** Resolves once all that can go on without waiting has done so: Node empties the queue of promises before it. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
