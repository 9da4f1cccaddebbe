import type { Clock } from "../../protocol/Clock.ts";

/** So many attempts at a time, and so many a minute in the long run. */
export class AttemptBudget {
  readonly #most: number;
  readonly #perMinute: number;
  readonly #clock: Clock;
  #left: number;
  /** Unix time, milliseconds. */
  #asOf: number;

  constructor(options: { most: number; perMinute: number }, modules: { clock: Clock }) {
    this.#most = options.most;
    this.#perMinute = options.perMinute;
    this.#clock = modules.clock;
    this.#left = options.most;
    this.#asOf = modules.clock.now();
  }

  /** How many attempts may be made now. */
  get left(): number {
    const now = this.#clock.now();
    const gained = (Math.max(0, now - this.#asOf) * this.#perMinute) / 60_000;
    this.#left = Math.min(this.#most, this.#left + gained);
    this.#asOf = now;
    return Math.floor(this.#left);
  }

  /** Notes attempts that are made. */
  spend(attempts: number): void {
    this.#left -= attempts;
  }
}
