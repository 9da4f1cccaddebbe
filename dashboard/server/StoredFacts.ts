import type { Clock } from "../../protocol/Clock.ts";

/** Files that are read at a time, and how often one that cannot be read is tried again. */
const AT_A_TIME = 4;
const TRIES = { most: 5, pauseMilliseconds: 10_000 };

/** What a store of facts works with. */
export interface StoredFactsModules {
  clock: Clock;
  /** Told when something is known that was not. */
  onRead: () => void;
}

/** What is read from storage once a thing, in the background: nobody who looks on waits for storage. */
export class StoredFacts<T> {
  readonly #mostKept: number;
  readonly #clock: Clock;
  readonly #onRead: () => void;
  readonly #known = new Map<string, T>();
  readonly #tried = new Map<string, { times: number; at: number }>();
  readonly #wanted = new Map<string, () => Promise<T>>();
  #reading = 0;
  #stopped = false;

  /** @param mostKept - Things that are remembered; beyond, what was asked for longest ago is read again. */
  constructor(mostKept: number, { clock, onRead }: StoredFactsModules) {
    this.#mostKept = mostKept;
    this.#clock = clock;
    this.#onRead = onRead;
  }

  /** What is known of a thing; if nothing is, it is read, and told of later. */
  of(key: string, read: () => Promise<T>): T | undefined {
    const known = this.#known.get(key);
    if (known === undefined) {
      this.#want(key, read);
      return undefined;
    }
    // The one that was asked for last is dropped last.
    this.#known.delete(key);
    this.#known.set(key, known);
    return known;
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted.clear();
  }

  #want(key: string, read: () => Promise<T>): void {
    const { times, at } = this.#tried.get(key) ?? { times: 0, at: 0 };
    if (times >= TRIES.most || (times > 0 && this.#clock.now() < at + TRIES.pauseMilliseconds)) return;
    this.#wanted.set(key, read);
    this.#next();
  }

  #next(): void {
    const [first] = this.#wanted;
    if (first === undefined || this.#stopped || this.#reading >= AT_A_TIME) return;
    const [key, read] = first;
    this.#wanted.delete(key);
    this.#reading++;
    void this.#read(key, read).finally(() => {
      this.#reading--;
      this.#next();
    });
    this.#next();
  }

  async #read(key: string, read: () => Promise<T>): Promise<void> {
    // Also while it is under way, so that it is not asked for twice.
    const { times } = this.#tried.get(key) ?? { times: 0 };
    this.#tried.set(key, { times: times + 1, at: this.#clock.now() });
    try {
      this.#known.set(key, await read());
      this.#tried.delete(key);
      for (const oldest of this.#known.keys()) {
        if (this.#known.size <= this.#mostKept) break;
        this.#known.delete(oldest);
      }
      if (!this.#stopped) this.#onRead();
    } catch {
      // Storage that does not answer, or has none: it is shown without.
    }
  }
}
