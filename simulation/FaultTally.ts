/** How many faults of each kind were injected. */
export class FaultTally {
  readonly #counts = new Map<string, number>();

  /** Counts faults of a kind. */
  count(kind: string, times = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  /** Faults of a kind so far. */
  of(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Counts by kind, in alphabetical order. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
