/** Whoever gives hints that there may be something new: calls `listener` with each, until what it returns is called. */
export type HintSource = (listener: () => void) => () => void;

/** Hints that there may be something new, for loops that look now instead of at their next turn. */
export class Hints {
  readonly #listeners = new Set<() => void>();

  readonly source: HintSource = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  give(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The hints of several sources. */
export function anyOf(...sources: readonly (HintSource | undefined)[]): HintSource {
  return (listener) => {
    const ends = sources.map((source) => source?.(listener));
    return () => {
      for (const end of ends) end?.();
    };
  };
}
