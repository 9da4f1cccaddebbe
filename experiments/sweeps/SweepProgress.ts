/** How far a sweep is, and how long it will take. */
export class SweepProgress {
  readonly #now: () => number;
  readonly #began: number;
  readonly #runs: number;
  /** Shares of those under way that are over, by name. */
  readonly #under = new Map<string, number>();
  /** Shares that were over before they went on here: no time was spent on them. */
  readonly #resumed = new Map<string, number>();
  /** Of those that have ended. */
  #notMade = 0;
  readonly #before: number;
  #finished: number;
  #failed = 0;

  /** @param options - `finished`: how many runs were before; `now`: milliseconds, of any beginning. */
  constructor({ runs, finished, now }: { runs: number; finished: number; now: () => number }) {
    this.#runs = runs;
    this.#before = finished;
    this.#finished = finished;
    this.#now = now;
    this.#began = now();
  }

  /** Finished runs, those from before too. */
  get finished(): number {
    return this.#finished;
  }

  get failed(): number {
    return this.#failed;
  }

  get runs(): number {
    return this.#runs;
  }

  /** How many are under way. */
  get under(): number {
    return this.#under.size;
  }

  /** Until the last run has ended, if those to come take as long as those that were made; undefined before anything is known. */
  get secondsLeft(): number | undefined {
    let partly = 0;
    for (const share of this.#under.values()) partly += share;
    let before = this.#notMade;
    for (const share of this.#resumed.values()) before += share;
    const made = this.#finished - this.#before + this.#failed + partly - before;
    if (made <= 0) return undefined;
    const left = this.#runs - this.#finished - this.#failed - partly;
    return ((this.#now() - this.#began) / 1000 / made) * left;
  }

  /** A run is under way. */
  begin(name: string): void {
    this.#under.set(name, 0);
  }

  /** It goes on where a share of it was over. */
  resume(name: string, share: number): void {
    this.#under.set(name, share);
    this.#resumed.set(name, share);
  }

  /** A share of it is over. */
  update(name: string, share: number): void {
    this.#under.set(name, share);
  }

  /** It has ended. */
  end(name: string, well: boolean): void {
    this.#under.delete(name);
    this.#notMade += this.#resumed.get(name) ?? 0;
    this.#resumed.delete(name);
    if (well) this.#finished++;
    else this.#failed++;
  }
}
