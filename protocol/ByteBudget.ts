/** Most bytes that are held at a time, in all and for one address. */
export interface MostBytes {
  readonly all: number;
  readonly ofAnAddress: number;
}

/**
 * Counts what is held for strangers until they are answered: many connections, each with a body that is just small
 * enough, are as much memory as one that is too large.
 */
export class ByteBudget {
  readonly #most: MostBytes;
  readonly #held = new Map<string, number>();
  #all = 0;

  constructor(most: MostBytes) {
    this.#most = most;
  }

  /** Bytes held in all. */
  get held(): number {
    return this.#all;
  }

  /** Takes some bytes for an address. @returns Whether there was room: else nothing is taken. */
  take(address: string, bytes: number): boolean {
    const own = (this.#held.get(address) ?? 0) + bytes;
    if (own > this.#most.ofAnAddress || this.#all + bytes > this.#most.all) return false;
    this.#held.set(address, own);
    this.#all += bytes;
    return true;
  }

  /** Gives back bytes that were taken. */
  give(address: string, bytes: number): void {
    this.#all -= bytes;
    const left = (this.#held.get(address) ?? 0) - bytes;
    if (left > 0) this.#held.set(address, left);
    else this.#held.delete(address);
  }
}
