/** How many lines of a kind are shown. */
const SHOWN = 20;
/** How long those after them are counted before their number is told, milliseconds. */
const COUNTING_MILLISECONDS = 5000;

interface Kind {
  shown: number;
  more: number;
  tell: (more: number) => void;
  timer: NodeJS.Timeout | undefined;
}

/** Lines that may come by the hundred: of each kind the first few are shown, of the others how many there were. */
export class FewLines {
  readonly #kinds = new Map<string, Kind>();

  /**
   * Shows a line, or counts it.
   *
   * @param kind - Whose lines are counted together.
   * @param show - Shows it.
   * @param tell - Tells how many more there were of its kind, since it was last told.
   */
  add(kind: string, show: () => void, tell: (more: number) => void): void {
    const known = this.#kinds.get(kind) ?? { shown: 0, more: 0, tell, timer: undefined };
    this.#kinds.set(kind, known);
    if (known.shown < SHOWN) {
      known.shown++;
      show();
      return;
    }
    known.more++;
    known.timer ??= setTimeout(() => this.#tell(known), COUNTING_MILLISECONDS).unref();
  }

  /** Tells at once what was counted. */
  flush(): void {
    for (const kind of this.#kinds.values()) this.#tell(kind);
  }

  #tell(kind: Kind): void {
    clearTimeout(kind.timer);
    kind.timer = undefined;
    const { more } = kind;
    kind.more = 0;
    if (more > 0) kind.tell(more);
  }
}
