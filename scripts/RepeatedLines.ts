/** How long a line's repetitions are counted before their number is told, milliseconds: at first, and at most. */
const COUNTING = { first: 10_000, last: 600_000 };
/** How many lines are known at a time; beyond them each is shown. */
const MOST_KNOWN = 512;

interface Known {
  more: number;
  milliseconds: number;
  timer: NodeJS.Timeout;
}

/**
 * Equal lines that may come again and again, such as of a full disk: the first is shown at once, of the others how many
 * there were, ever less often. A line that did not come for a while is shown as if it were new.
 */
export class RepeatedLines {
  readonly #show: (text: string) => void;
  readonly #known = new Map<string, Known>();

  constructor(show: (text: string) => void) {
    this.#show = show;
  }

  /** Shows a line, or counts it. */
  add(text: string): void {
    const known = this.#known.get(text);
    if (known !== undefined) {
      known.more++;
      return;
    }
    this.#show(text);
    if (this.#known.size < MOST_KNOWN) this.#wait(text, COUNTING.first);
  }

  /** Tells at once what was counted. */
  flush(): void {
    for (const [text, known] of this.#known) {
      clearTimeout(known.timer);
      this.#tell(text, known);
    }
    this.#known.clear();
  }

  #wait(text: string, milliseconds: number): void {
    const timer = setTimeout(() => {
      const known = this.#known.get(text)!;
      this.#known.delete(text);
      if (known.more === 0) return;
      this.#tell(text, known);
      this.#wait(text, Math.min(2 * milliseconds, COUNTING.last));
    }, milliseconds).unref();
    this.#known.set(text, { more: 0, milliseconds, timer });
  }

  #tell(text: string, { more, milliseconds }: Known): void {
    if (more > 0) this.#show(`${text} (${more} more times within ${Math.round(milliseconds / 1000)} s)`);
  }
}
