/** Where a task of the main chain is to be worked on. */
interface Places {
  /** Chain ids of the subchains that have yet to be done with it; undefined until main's events tell of the task. */
  open: Set<bigint> | undefined;
  /** Of those that were done with it before. */
  done: Set<bigint>;
  /** Whether it has arrived on one of them. */
  arrived: boolean;
}

/** Tasks that are remembered though they have arrived nowhere, or main's events do not tell of them. */
const MOST_AWAITED = 4096;

/**
 * On which subchains a program has yet to be done with each task. Main's events tell of it before its subchains' do, but
 * each chain is read by itself.
 */
export class TaskPlaces {
  readonly #tasks = new Map<bigint, Places>();
  readonly #onDone: (task: bigint) => void;

  /** @param onDone - Told of a task when all its subchains are done with it, or it is one of too many that never arrived. */
  constructor(onDone: (task: bigint) => void) {
    this.#onDone = onDone;
  }

  /** How many tasks are remembered. */
  get size(): number {
    return this.#tasks.size;
  }

  /** Main's events tell of a task. @returns Whether any of the subchains has yet to be done with it. */
  published(task: bigint, chains: readonly bigint[]): boolean {
    const known = this.#tasks.get(task);
    const open = new Set(chains.filter((chain) => known?.done.has(chain) !== true));
    this.#tasks.delete(task);
    if (open.size === 0) return false;
    this.#remember(task, { open, done: new Set(), arrived: known?.arrived ?? false });
    return true;
  }

  /** A task is worked on. */
  arrived(task: bigint): void {
    const known = this.#tasks.get(task);
    if (known !== undefined) known.arrived = true;
    else this.#remember(task, { open: undefined, done: new Set(), arrived: true });
  }

  /** A subchain is done with a task, or has nothing to do with it. */
  left(task: bigint, chain: bigint): void {
    const known = this.#tasks.get(task) ?? { open: undefined, done: new Set(), arrived: false };
    if (known.open === undefined) {
      known.done.add(chain);
      known.arrived = false;
      this.#remember(task, known);
      return;
    }
    known.open.delete(chain);
    if (known.open.size === 0) this.#drop(task);
  }

  /** A task will arrive nowhere, unless it has. */
  refused(task: bigint): void {
    if (this.#tasks.get(task)?.arrived === false) this.#drop(task);
  }

  /** Whether a task is remembered. */
  has(task: bigint): boolean {
    return this.#tasks.has(task);
  }

  #drop(task: bigint): void {
    this.#tasks.delete(task);
    this.#onDone(task);
  }

  #remember(task: bigint, places: Places): void {
    this.#tasks.set(task, places);
    if (this.#tasks.size <= MOST_AWAITED) return;
    for (const [oldest, { arrived }] of this.#tasks) {
      if (arrived) continue;
      this.#drop(oldest);
      break;
    }
  }
}
