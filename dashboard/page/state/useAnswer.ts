import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LiveEvent } from "../../api/LiveEvent.ts";
import { AskError, ask } from "./ask.ts";
import { hear } from "./connection.ts";

/** An answer of the server as far as there is one. */
export interface Answer<T> {
  /** The last that came; it stays while another is asked for, and when that fails. */
  readonly data: T | undefined;
  readonly error: AskError | undefined;
  /** Since when an answer is waited for that is slow to come, Unix seconds by the viewer's clock; undefined otherwise. */
  readonly waitsSince?: number | undefined;
}

/** Between two questions for the same, however often it changes. */
const PAUSE_MILLISECONDS = 250;
/** Until it is said that an answer is slow to come. */
const SLOW_MILLISECONDS = 4000;
/** Until what passes is asked again. */
const AGAIN_MILLISECONDS = 1500;

/**
 * Asks for something and keeps it up to date.
 *
 * @param path - Behind /api; undefined asks for nothing.
 * @param changes - Whether an event says that the answer is another one.
 */
export function useAnswer<T>(
  path: string | undefined,
  changes: (event: LiveEvent) => boolean,
): { answer: Signal<Answer<T>>; again: () => void } {
  const answer = useSignal<Answer<T>>({ data: undefined, error: undefined });
  const again = useRef<() => void>(() => {});
  const isChange = useRef(changes);
  isChange.current = changes;
  useEffect(() => {
    answer.value = { data: undefined, error: undefined };
    if (path === undefined) return;
    const asking = new Asking<T>(path, (told) => {
      const { data, error } = answer.peek();
      answer.value =
        "data" in told
          ? { data: told.data, error: undefined }
          : "error" in told
            ? { data, error: told.error }
            : { data, error, waitsSince: told.waitsSince };
    });
    again.current = () => asking.now();
    const end = hear((event) => {
      if (event.type === "reset" || event.type === "replaced" || isChange.current(event)) asking.soon();
    });
    asking.now();
    return () => {
      end();
      asking.stop();
    };
  }, [path]);
  return { answer, again: () => again.current() };
}

/** What came of a question, or that it is slow. */
type Told<T> = { data: T } | { error: AskError } | { waitsSince: number };

/** Asks the same again and again, one question at a time. */
class Asking<T> {
  readonly #path: string;
  readonly #tell: (told: Told<T>) => void;
  readonly #stopped = new AbortController();
  #busy = false;
  #wanted = false;
  #last = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #slow: ReturnType<typeof setTimeout> | undefined;

  constructor(path: string, tell: (told: Told<T>) => void) {
    this.#path = path;
    this.#tell = tell;
  }

  soon(milliseconds = PAUSE_MILLISECONDS): void {
    if (this.#busy) this.#wanted = true;
    else this.#timer ??= setTimeout(() => this.now(), Math.max(0, this.#last + milliseconds - Date.now()));
  }

  async now(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#busy || this.#stopped.signal.aborted) return;
    this.#busy = true;
    this.#wanted = false;
    let passing = false;
    const waitsSince = Date.now() / 1000;
    this.#slow = setTimeout(() => this.#tell({ waitsSince }), SLOW_MILLISECONDS);
    try {
      const data = await ask<T>(this.#path, { signal: this.#stopped.signal });
      if (!this.#stopped.signal.aborted) this.#tell({ data });
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      if (!(error instanceof AskError)) throw error;
      passing = error.passing;
      this.#tell({ error });
    } finally {
      clearTimeout(this.#slow);
      this.#busy = false;
      this.#last = Date.now();
    }
    if (passing) this.soon(AGAIN_MILLISECONDS);
    else if (this.#wanted) this.soon();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#slow);
    this.#stopped.abort();
  }
}
