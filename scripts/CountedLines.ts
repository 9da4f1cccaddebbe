/** How long lines of a kind are counted before they are told, milliseconds. */
const COUNTING_MILLISECONDS = 1000;

/** What many do at about the same time, such as the workers of a round: told in one line, by how many they were. */
export class CountedLines<Item> {
  readonly #kinds = new Map<
    string,
    { items: Item[]; tell: (items: readonly Item[]) => void; timer: NodeJS.Timeout }
  >();

  /**
   * Counts a thing.
   *
   * @param kind - Whose things are told together.
   * @param tell - Tells of all that came of the kind since it was last told.
   */
  add(kind: string, item: Item, tell: (items: readonly Item[]) => void): void {
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.items.push(item);
      return;
    }
    const timer = setTimeout(() => this.#tell(kind), COUNTING_MILLISECONDS).unref();
    this.#kinds.set(kind, { items: [item], tell, timer });
  }

  /** Tells at once what was counted. */
  flush(): void {
    for (const kind of [...this.#kinds.keys()]) this.#tell(kind);
  }

  #tell(kind: string): void {
    const { items, tell, timer } = this.#kinds.get(kind)!;
    clearTimeout(timer);
    this.#kinds.delete(kind);
    tell(items);
  }
}
