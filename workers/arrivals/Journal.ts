import { type FileHandle, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { makeDirectory } from "../../files/makeDirectory.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { type Arrival, arrivalSchema, KEPT } from "./Arrival.ts";

/** What the first line of each of its files says. */
const FORMAT = "freshet-arrivals/1";
/** When another file is begun: a part of what is kept, so that the oldest can go. */
const SHARE = 8;
const NAME = /^(\d{16})\.jsonl$/;
const LINE_END = 0x0a;

/** A file of a journal. */
interface Segment {
  path: string;
  /** Position of its first arrival. */
  first: number;
  /** Where each of its arrivals begins, bytes, and where the next would. */
  offsets: number[];
  bytes: number;
}

/** How much a journal keeps. */
export interface JournalBounds {
  arrivals: number;
  bytes: number;
}

/**
 * What came to a device, in the order in which it came, on disk. Each arrival has a position, counted from 0, and keeps it;
 * the oldest are removed when there are too many. What is appended is there whole or not at all, together with the state
 * of where it came from: so after a crash nothing is taken twice, and nothing is lost.
 *
 * Lines of JSON in files named by the position of their first arrival: the format, then arrivals, and after each lot of
 * them the state; what has no state behind it was never appended.
 */
export class Journal {
  readonly #directory: string;
  readonly #bounds: JournalBounds;
  readonly #segments: Segment[] = [];
  #state: unknown;

  private constructor(directory: string, bounds: JournalBounds) {
    this.#directory = directory;
    this.#bounds = bounds;
  }

  /**
   * Opens a journal, or begins one.
   *
   * @param directory - For it alone; made where there is none.
   * @throws `DIRECTORY_UNUSABLE`; `JOURNAL_DAMAGED` when it cannot be read, or another version wrote it.
   */
  static async open(directory: string, bounds: JournalBounds = KEPT): Promise<Journal> {
    makeDirectory(directory);
    const journal = new Journal(directory, bounds);
    const names = (await readdir(directory)).filter((name) => NAME.test(name)).sort();
    for (const name of names) await journal.#load(name, name === names.at(-1));
    return journal;
  }

  /** Position of the oldest arrival that is kept. */
  get base(): number {
    return this.#segments[0]?.first ?? 0;
  }

  /** Position of the next arrival: so many have come in all. */
  get end(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.first + last.offsets.length - 1;
  }

  /** What was appended with the last arrivals; undefined at first. */
  get state(): unknown {
    return this.#state;
  }

  /** Appends arrivals, or none, and a state. One call at a time. */
  async append(arrivals: readonly Arrival[], state: unknown): Promise<void> {
    const segment = await this.#segmentToAppendTo();
    const lines = arrivals.map((arrival) => Buffer.from(`${JSON.stringify(arrival)}\n`));
    const end = segment.offsets.at(-1)!;
    const begin = segment.bytes;
    const written = Buffer.concat([...lines, Buffer.from(`${JSON.stringify({ state: state ?? null })}\n`)]);
    await appendDurably(segment.path, begin, written);
    // The next arrival may have been placed in front of a state.
    let at = begin;
    segment.offsets[segment.offsets.length - 1] = lines.length === 0 ? end : begin;
    for (const { length } of lines) {
      at += length;
      segment.offsets.push(at);
    }
    segment.bytes = begin + written.length;
    this.#state = structuredClone(state);
    await this.#prune();
  }

  /** The arrivals from one position on, up to another, excluded, as far as they are kept. */
  async read(from: number, until: number): Promise<{ position: number; arrival: Arrival }[]> {
    const found: { position: number; arrival: Arrival }[] = [];
    for (const { path, first, offsets } of [...this.#segments]) {
      const count = offsets.length - 1;
      const begin = Math.max(0, from - first);
      const end = Math.min(count, until - first);
      if (begin >= end) continue;
      const text = await readPart(path, offsets[begin]!, offsets[end]!);
      let position = first + begin;
      for (const line of text.split("\n")) {
        const arrival = arrivalIn(line);
        if (arrival !== undefined && position < first + end) found.push({ position: position++, arrival });
      }
    }
    return found;
  }

  async #load(name: string, isLast: boolean): Promise<void> {
    const path = join(this.#directory, name);
    const first = Number(NAME.exec(name)![1]);
    const bytes = await readWhole(path);
    const offsets: number[] = [];
    let whole: { offsets: number; bytes: number; state: unknown } | undefined;
    let at = 0;
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, at)) {
      const line = bytes.toString("utf8", at, end);
      const value = parsed(line, path);
      if (at === 0) {
        if ((value as { format?: unknown }).format !== FORMAT)
          throw damaged(path, `It begins with ${line.slice(0, 80)}.`);
        whole = { offsets: 0, bytes: end + 1, state: this.#state };
      } else if ("state" in value) {
        whole = { offsets: offsets.length, bytes: end + 1, state: value.state };
      } else offsets.push(at);
      at = end + 1;
    }
    // Its first lot was never appended whole.
    if (whole === undefined) {
      if (isLast) return rm(path);
      throw damaged(path, "It is empty.");
    }
    if (this.#segments.length > 0 && first !== this.end) {
      throw damaged(path, `The arrivals before it end at ${this.end}.`);
    }
    if (whole.bytes < bytes.length) await truncate(path, whole.bytes);
    this.#state = whole.state;
    this.#segments.push({
      path,
      first,
      offsets: [...offsets.slice(0, whole.offsets), whole.bytes],
      bytes: whole.bytes,
    });
  }

  async #segmentToAppendTo(): Promise<Segment> {
    const last = this.#segments.at(-1);
    const isFull =
      last !== undefined &&
      (last.offsets.length - 1 >= this.#bounds.arrivals / SHARE || last.bytes >= this.#bounds.bytes / SHARE);
    // One without arrivals has the name that the next would have.
    if (last !== undefined && (!isFull || last.offsets.length === 1)) return last;
    const first = this.end;
    const path = join(this.#directory, `${String(first).padStart(16, "0")}.jsonl`);
    const head = Buffer.from(`${JSON.stringify({ format: FORMAT })}\n`);
    // With its state, so that it stands by itself.
    const content = Buffer.concat([head, Buffer.from(`${JSON.stringify({ state: this.#state ?? null })}\n`)]);
    await appendDurably(path, 0, content);
    const segment = { path, first, offsets: [content.length], bytes: content.length };
    this.#segments.push(segment);
    return segment;
  }

  /** Removes the oldest files while enough is left without them. */
  async #prune(): Promise<void> {
    for (;;) {
      const [oldest, next] = this.#segments;
      if (oldest === undefined || next === undefined) return;
      const bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0) - oldest.bytes;
      if (this.end - next.first < this.#bounds.arrivals && bytes < this.#bounds.bytes) return;
      this.#segments.shift();
      await rm(oldest.path, { force: true });
    }
  }
}

function arrivalIn(line: string): Arrival | undefined {
  if (line === "") return undefined;
  const { data } = arrivalSchema.safeParse(JSON.parse(line));
  return data;
}

function parsed(line: string, path: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below.
  }
  throw damaged(path, `It has the line ${JSON.stringify(line.slice(0, 80))}.`);
}

function damaged(path: string, details: string): BaseError {
  return new BaseError("JOURNAL_DAMAGED", `${path} is not what was kept of a device's data.`, {
    details,
    next: "If another version of Freshet wrote it, use that one. Else move its directory away: what came is lost then, and tasks under way cannot be gone on with.",
  });
}

/** Writes bytes at the end of a file, which is cut to that first, and waits until the disk has them. */
async function appendDurably(path: string, at: number, bytes: Uint8Array): Promise<void> {
  await withFile(path, at === 0 ? "w" : "r+", async (file) => {
    // What an append that failed left.
    await file.truncate(at);
    await file.write(bytes, 0, bytes.length, at);
    await file.datasync();
  });
}

async function truncate(path: string, length: number): Promise<void> {
  await withFile(path, "r+", (file) => file.truncate(length));
}

async function readWhole(path: string): Promise<Buffer> {
  return withFile(path, "r", (file) => file.readFile());
}

async function readPart(path: string, from: number, until: number): Promise<string> {
  return withFile(path, "r", async (file) => {
    const bytes = Buffer.alloc(until - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.toString("utf8", 0, bytesRead);
  });
}

async function withFile<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
