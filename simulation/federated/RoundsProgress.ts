/** How rounds are followed. */
export interface ProgressOptions {
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
  /** Told after every batch of clients. */
  readonly tell: (progress: Progress) => void;
}

/** How far rounds are. */
export interface Progress {
  /** The round under way, from 0. */
  readonly round: number;
  readonly rounds: number;
  /** Clients of the round that are done, and how many were chosen. */
  readonly done: number;
  readonly chosen: number;
  /** Since the rounds began or were gone on with. */
  readonly updatesPerSecond: number;
  /** Until the last round is over, if the others take as many clients and as long; undefined before anything is known. */
  readonly secondsLeft: number | undefined;
}

/** Tells how far rounds are, and how long they will take. */
export class RoundsProgress {
  readonly #options: ProgressOptions;
  readonly #rounds: number;
  readonly #began: number;
  /** Of all rounds. */
  #updates = 0;

  constructor(options: ProgressOptions, rounds: number) {
    this.#options = options;
    this.#rounds = rounds;
    this.#began = options.now();
  }

  /** Clients of a round are done. */
  add(clients: number, { round, done, chosen }: Pick<Progress, "round" | "done" | "chosen">): void {
    this.#updates += clients;
    const seconds = (this.#options.now() - this.#began) / 1000;
    const left = chosen - done + (this.#rounds - round - 1) * chosen;
    this.#options.tell({
      ...{ round, done, chosen },
      rounds: this.#rounds,
      updatesPerSecond: seconds === 0 ? 0 : this.#updates / seconds,
      secondsLeft: this.#updates === 0 ? undefined : (seconds / this.#updates) * left,
    });
  }
}
