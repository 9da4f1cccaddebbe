import type { RandomSource } from "../../numerics/RandomSource.ts";
import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";

/** Highest pauses of a relayer that others forestall, in polls. */
const STAND_BACK_POLLS = { first: 4, last: 64 };

/** Relayers that others forestall wait ever longer, at random, so that they do not go on paying for nothing. */
export class StandBack {
  readonly #pollMilliseconds: number;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  /** How often in a row this one was forestalled. */
  #times = 0;
  /** Unix time, milliseconds. */
  #until = 0;

  constructor(options: { pollMilliseconds: number }, modules: { clock: Clock; random: RandomSource }) {
    this.#pollMilliseconds = options.pollMilliseconds;
    this.#clock = modules.clock;
    this.#random = modules.random;
  }

  /** Whether it waits now. */
  get isOn(): boolean {
    return this.#clock.now() < this.#until;
  }

  /** Hears of a transaction that is in a block; `wasted` when it delivered nothing. */
  hear({ wasted }: { wasted: boolean }): void {
    this.#times = wasted ? this.#times + 1 : Math.max(0, this.#times - 1);
    const polls = wasted ? this.#random.uniform() * backOff(STAND_BACK_POLLS, this.#times) : 0;
    this.#until = this.#clock.now() + polls * this.#pollMilliseconds;
  }
}
