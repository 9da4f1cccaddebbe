/** How long lines of a kind are counted before they are told, milliseconds. */
const COUNTING_MILLISECONDS = 1000;

/** What many do at about the same time, such as the workers of a round: told in one line, by how many they were. */
export class CountedLines<Thing> {
  readonly #kinds = new Map<
    string,
    { things: Thing[]; tell: (things: readonly Thing[]) => void; timer: NodeJS.Timeout }
  >();

  /**
   * Counts a thing.
   *
   * @param kind - Whose things are told together.
   * @param tell - Tells of all that came of the kind since it was last told.
   */
  add(kind: string, thing: Thing, tell: (things: readonly Thing[]) => void): void {
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.things.push(thing);
      return;
    }
    const timer = setTimeout(() => this.#tell(kind), COUNTING_MILLISECONDS).unref();
    this.#kinds.set(kind, { things: [thing], tell, timer });
  }

  /** Tells at once what was counted. */
  flush(): void {
    for (const kind of [...this.#kinds.keys()]) this.#tell(kind);
  }

  #tell(kind: string): void {
    const { things, tell, timer } = this.#kinds.get(kind)!;
    clearTimeout(timer);
    this.#kinds.delete(kind);
    tell(things);
  }
}
