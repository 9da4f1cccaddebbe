import { signal } from "@preact/signals";
import type { LiveEvent } from "../../api/LiveEvent.ts";
import type { MessageCounts, MessageRow, MessagesView } from "../../api/MessageRow.ts";
import { AskError, ask } from "./ask.ts";

/** Rows that are asked for at a time. */
const PAGE_ROWS = 200;
/** Pages that are kept: those last looked at. However long the list is, no more of it is in memory. */
const MOST_PAGES = 12;
/** While messages come, the pages in sight are asked for again no more often than this. */
const PAUSE_MILLISECONDS = 1000;
const AGAIN_MILLISECONDS = 1500;

/** A list of messages of any length, of which the pages in sight are kept. */
export class MessagePages {
  readonly total = signal<number | undefined>(undefined);
  readonly counts = signal<MessageCounts | undefined>(undefined);
  readonly dropped = signal(0);
  readonly error = signal<AskError | undefined>(undefined);
  /** Goes up whenever a row has changed. */
  readonly version = signal(0);
  readonly #question: string;
  readonly #pages = new Map<number, readonly MessageRow[]>();
  readonly #asked = new Set<number>();
  readonly #stopped = new AbortController();
  #sight: readonly [number, number] = [0, 0];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param question - What is asked for besides the place, as of an address. */
  constructor(question: string) {
    this.#question = question;
    void this.#load(0);
  }

  /** A row, if its page is here; otherwise its page is asked for. */
  row(index: number): MessageRow | undefined {
    const page = Math.floor(index / PAGE_ROWS);
    const rows = this.#pages.get(page);
    // While the server does not answer, it is asked in its own time, not with every drawing.
    if (rows === undefined && this.error.peek() === undefined) void this.#load(page);
    return rows?.[index % PAGE_ROWS];
  }

  /** Where in the list a message is, as far as its page is here; −1 otherwise. */
  placeOf(id: string): number {
    for (const [page, rows] of this.#pages) {
      const i = rows.findIndex((row) => row.id === id);
      if (i !== -1) return page * PAGE_ROWS + i;
    }
    return -1;
  }

  /** Rows from the first to the one before `last` are in sight. */
  looksAt(first: number, last: number): void {
    this.#sight = [Math.floor(first / PAGE_ROWS), Math.floor(Math.max(first, last - 1) / PAGE_ROWS)];
    for (let page = this.#sight[0]; page <= this.#sight[1]; page++) {
      const rows = this.#pages.get(page);
      if (rows === undefined) continue;
      // The latest looked at is kept longest.
      this.#pages.delete(page);
      this.#pages.set(page, rows);
    }
  }

  /** Takes what the server tells of messages. */
  take(event: LiveEvent): void {
    switch (event.type) {
      case "reset":
      case "replaced":
        this.#pages.clear();
        this.#soon(0);
        return;
      case "messages": {
        this.counts.value = event.counts;
        const known = new Map(event.rows.map((row) => [row.id, row]));
        let found = 0;
        for (const [page, rows] of this.#pages) {
          if (!rows.some(({ id }) => known.has(id))) continue;
          found += rows.filter(({ id }) => known.has(id)).length;
          this.#pages.set(
            page,
            rows.map((row) => known.get(row.id) ?? row),
          );
        }
        this.version.value++;
        // New ones move all others down.
        if (event.more || found < known.size) this.#soon(PAUSE_MILLISECONDS);
        return;
      }
      default:
    }
  }

  again(): void {
    this.error.value = undefined;
    this.#soon(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort();
  }

  #soon(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const [first, last] = this.#sight;
      for (const page of [...this.#pages.keys()]) if (page < first || page > last) this.#pages.delete(page);
      for (let page = first; page <= last; page++) void this.#load(page);
    }, milliseconds);
  }

  async #load(page: number): Promise<void> {
    if (this.#asked.has(page) || this.#stopped.signal.aborted) return;
    this.#asked.add(page);
    try {
      const path = `/messages?from=${page * PAGE_ROWS}&limit=${PAGE_ROWS}${this.#question === "" ? "" : `&${this.#question}`}`;
      const view = await ask<MessagesView>(path, { signal: this.#stopped.signal });
      if (this.#stopped.signal.aborted) return;
      this.#pages.set(page, view.rows);
      const [first, last] = this.#sight;
      for (const one of this.#pages.keys()) {
        if (this.#pages.size <= MOST_PAGES) break;
        if (one < first || one > last) this.#pages.delete(one);
      }
      this.total.value = view.total;
      this.dropped.value = view.dropped;
      this.counts.value = view.counts;
      this.error.value = undefined;
      this.version.value++;
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      if (!(error instanceof AskError)) throw error;
      this.error.value = error;
      if (error.passing) this.#soon(AGAIN_MILLISECONDS);
    } finally {
      this.#asked.delete(page);
    }
  }
}
