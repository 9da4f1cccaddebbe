import type {
  BoxEnvironment,
  ByAgent,
  Step,
} from "../../../../learning/reinforcement/environments/ParallelEnvironment.ts";

/** What the best action is. */
export const TARGET = 0.9;

/**
 * One agent, paid a step late: what it earns is 1 − 4(x − 0.9)², where x is its action of the
 * step before, which it also sees. Who values only the present learns nothing.
 */
export class DelayedGame implements BoxEnvironment {
  readonly agents = ["only"];
  readonly stateSize = 1;
  readonly #last = Float64Array.of(0.5);
  readonly #length: number;
  readonly #terminates: boolean;
  #time = 0;

  /** @param end - Steps of an episode, and whether it ends by itself then or is cut off. */
  constructor({ length, terminates }: { readonly length: number; readonly terminates: boolean }) {
    this.#length = length;
    this.#terminates = terminates;
  }

  observationSize(): number {
    return 1;
  }

  actionSpace(): { size: number; low: number; high: number } {
    return { size: 1, low: 0, high: 1 };
  }

  reset(): ByAgent<Float64Array> {
    this.#time = 0;
    this.#last[0] = 0.5;
    return { only: this.#last };
  }

  step(actions: ByAgent<Float64Array>): Step<Float64Array> {
    const apart = this.#last[0]! - TARGET;
    this.#last[0] = actions.only![0]!;
    this.#time++;
    const over = this.#time === this.#length;
    return {
      observations: { only: this.#last },
      rewards: { only: 1 - 4 * apart * apart },
      terminations: { only: over && this.#terminates },
      truncations: { only: over && !this.#terminates },
    };
  }

  state(): Float64Array {
    return this.#last;
  }

  snapshot(): Float64Array {
    return Float64Array.of(this.#time, this.#last[0]!);
  }

  restore([time, last]: Float64Array): void {
    this.#time = time!;
    this.#last[0] = last!;
  }
}
