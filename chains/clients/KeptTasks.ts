/**
 * Tasks that were forgotten of which each is remembered by itself, at the most and after some were dropped: of the
 * others it is known that their ids are lower.
 */
const FORGOTTEN = { most: 4096, left: 2048 };

/** Which tasks' events are kept, and which were forgotten. Ids are given one after the other, so that low ones are old. */
export class KeptTasks {
  /** How many events of each kept task were read, those too that are not kept. */
  readonly #kept = new Map<bigint, number>();
  readonly #forgotten = new Set<bigint>();
  /** All below are forgotten, unless they are kept. */
  #below = 0n;

  /** How many are remembered, kept or forgotten. */
  get size(): number {
    return this.#kept.size + this.#forgotten.size;
  }

  has(task: bigint): boolean {
    return this.#kept.has(task);
  }

  /** How many events of a task were read since it is kept. */
  heard(task: bigint): number {
    return this.#kept.get(task) ?? 0;
  }

  /** Notes a further event of a task that is kept. */
  hear(task: bigint): void {
    this.#kept.set(task, this.heard(task) + 1);
  }

  isForgotten(task: bigint): boolean {
    return !this.has(task) && (task < this.#below || this.#forgotten.has(task));
  }

  /** From now on a task is kept. */
  keep(task: bigint): void {
    this.#forgotten.delete(task);
    if (!this.has(task)) this.#kept.set(task, 0);
  }

  /** From now on all tasks with lower ids are forgotten, unless they are kept. */
  forgetBelow(task: bigint): void {
    if (task > this.#below) this.#below = task;
  }

  /** From now on a task is forgotten. */
  forget(task: bigint): void {
    this.#kept.delete(task);
    this.#forgotten.add(task);
    if (this.#forgotten.size <= FORGOTTEN.most) return;
    const lowest = [...this.#forgotten].sort((a, b) => (a < b ? -1 : 1)).slice(0, -FORGOTTEN.left);
    for (const one of lowest) this.#forgotten.delete(one);
    const last = lowest.at(-1)!;
    if (last >= this.#below) this.#below = last + 1n;
  }
}
