import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

import { z } from "zod";

import { systemReason } from "../../files/systemReason.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { type Arrival, MOST_ROW_BYTES } from "./Arrival.ts";
import { type ArrivalSink, type DataSource, severalLeftOut } from "./DataSource.ts";

/** How much of a file is read at a time, bytes. */
const CHUNK_BYTES = 2 ** 20;
/** How much of its beginning, and of what was read last, is compared to tell whether a file is still the same, bytes. */
const PROBE_BYTES = 4096;
const QUOTE = 0x22;
const LINE_END = 0x0a;
const RETURN = 0x0d;

/** How far a file has been read. */
const stateSchema = z.object({
  /** Bytes that were read: whole records. */
  offset: z.int(),
  /** How many records they are, the header included. */
  rows: z.int(),
  /** The header; undefined where it is not there yet. */
  header: z.string().optional(),
  /** Digests of what the file began with, and of what stood before `offset`. */
  head: z.string(),
  tail: z.string(),
});
type State = z.infer<typeof stateSchema>;

const NEW: State = { offset: 0, rows: 0, head: digestOf([]), tail: digestOf([]) };

/**
 * A table of comma-separated values with a header that somebody appends to. A record counts once its line end is there:
 * a half-written last line is not read. A file that became shorter, or of which what was read is not what it was, is
 * another one: that is told, and it is read from its beginning.
 */
export class GrowingTable implements DataSource {
  readonly name: string;
  readonly #path: string;
  readonly #sink: ArrivalSink;
  /** Why the file was not there when it was last looked for, as it was told. */
  #told = "";
  /** Rows that could not be taken and were not told yet. */
  #left: { count: number; first?: BaseError } = { count: 0 };

  constructor(path: string, { sink }: { sink: ArrivalSink }) {
    this.name = path;
    this.#path = path;
    this.#sink = sink;
  }

  async look(): Promise<void> {
    const file = await this.#open();
    if (file === undefined) return;
    try {
      let state = await this.#stateFor(file);
      for (;;) {
        const { bytesRead, buffer } = await file.read({
          buffer: Buffer.alloc(CHUNK_BYTES),
          position: state.offset,
        });
        const records = recordsIn(buffer.subarray(0, bytesRead));
        const end = records.at(-1) ?? 0;
        if (end === 0 && bytesRead === CHUNK_BYTES) {
          // A line without end, as far as it is there.
          const after = await lineEndAfter(file, state.offset + bytesRead);
          if (after === undefined) return;
          this.#leaveOut(tooLong(this.#path, state.rows + 1));
          state = await this.#keep(file, { ...state, rows: state.rows + 1, offset: after }, []);
          continue;
        }
        if (end > 0) state = await this.#take(file, state, buffer, records);
        if (bytesRead < CHUNK_BYTES) return;
      }
    } catch (error) {
      throw this.#unreadable(error);
    } finally {
      await file.close();
    }
  }

  async stop(): Promise<void> {}

  /** Appends the records of a chunk, given by where each ends. */
  async #take(file: FileHandle, before: State, bytes: Buffer, ends: readonly number[]): Promise<State> {
    const arrivals: Arrival[] = [];
    let { header, rows } = before;
    let begin = 0;
    for (const end of ends) {
      rows++;
      const text = this.#textOf(bytes.subarray(begin, end), rows, before.offset === 0 && rows === 1);
      begin = end;
      if (text === undefined || text === "") continue;
      if (header === undefined) header = text;
      else arrivals.push({ row: rows, text, header });
    }
    const state = { ...before, offset: before.offset + begin, rows };
    return this.#keep(file, header === undefined ? state : { ...state, header }, arrivals);
  }

  /** Appends arrivals, with how far the file has been read now. */
  async #keep(file: FileHandle, read: State, arrivals: readonly Arrival[]): Promise<State> {
    const { offset } = read;
    const state = {
      ...read,
      head: await probe(file, 0, Math.min(offset, PROBE_BYTES)),
      tail: await probe(file, Math.max(0, offset - PROBE_BYTES), offset),
    };
    await this.#sink.append(arrivals, state);
    const { count, first } = this.#left;
    this.#left = { count: 0 };
    if (first !== undefined) this.#sink.tell(`reading ${this.#path}`, severalLeftOut(first, count));
    return state;
  }

  #leaveOut(error: BaseError): void {
    this.#left = { count: this.#left.count + 1, first: this.#left.first ?? error };
  }

  /** A record's text without its line end; undefined where it cannot be taken, which is told. */
  #textOf(record: Buffer, row: number, isFirst: boolean): string | undefined {
    let end = record.length - 1;
    if (record[end - 1] === RETURN) end--;
    if (end > MOST_ROW_BYTES) {
      this.#leaveOut(tooLong(this.#path, row));
      return undefined;
    }
    try {
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: !isFirst });
      const text = decoder.decode(record.subarray(0, end));
      if (!text.includes("\0")) return text;
    } catch {
      // Told below.
    }
    this.#leaveOut(
      new BaseError("NOT_TEXT", `${this.#path}, row ${row} is not text, and was left out.`, {
        details: "A file that grows is read as UTF-8.",
        next: "Write it as UTF-8.",
      }),
    );
    return undefined;
  }

  /** How far the file has been read: not at all, where it is another than it was. */
  async #stateFor(file: FileHandle): Promise<State> {
    const known = stateSchema.safeParse(this.#sink.state);
    if (!known.success) return NEW;
    const state = known.data;
    const { offset } = state;
    const { size } = await file.stat();
    if (size >= offset) {
      const isSame =
        (await probe(file, 0, Math.min(offset, PROBE_BYTES))) === state.head &&
        (await probe(file, Math.max(0, offset - PROBE_BYTES), offset)) === state.tail;
      if (isSame) return state;
    }
    this.#sink.tell(
      `reading ${this.#path}`,
      new BaseError(
        size < offset ? "DATA_TRUNCATED" : "DATA_REPLACED",
        `${this.#path} ${size < offset ? "became shorter" : "was replaced"}: it is read from its beginning.`,
        {
          details: `${offset} bytes of it, ${state.rows} rows, had been read; it has ${size}. What came before is kept.`,
          next: "Only append to it; when it is begun anew, leave out the rows that were in it before.",
        },
      ),
    );
    await this.#sink.append([], NEW);
    return NEW;
  }

  /** The file; undefined where one that was there is gone, as between two of a rotation, which is told. */
  async #open(): Promise<FileHandle | undefined> {
    try {
      const file = await open(this.#path, "r");
      this.#told = "";
      return file;
    } catch (cause) {
      const error = this.#unreadable(cause);
      if (!stateSchema.safeParse(this.#sink.state).success) throw error;
      if (this.#told !== error.message) this.#sink.tell(`reading ${this.#path}`, error);
      this.#told = error.message;
      return undefined;
    }
  }

  #unreadable(cause: unknown): BaseError {
    if (cause instanceof BaseError) return cause;
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    return new BaseError(isMissing ? "DATA_MISSING" : "DATA_UNREADABLE", `${this.#path} cannot be read.`, {
      details: `The system says of it: ${systemReason(cause) ?? String(cause)}.`,
      next: "Have whoever writes it do so there, and see that this user may read it.",
      cause,
    });
  }
}

/**
 * Finds whole records in bytes that begin with one: up to a line end that is not within quotes. One that is not closed
 * within the longest row that is taken is none: then its first line is a record, which is told as any other that cannot
 * be read.
 *
 * @returns Where each ends, behind its line end.
 */
function recordsIn(bytes: Buffer): number[] {
  const ends: number[] = [];
  let begin = 0;
  let firstLineEnd = -1;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) quoted = !quoted;
    else if (bytes[at] === LINE_END && firstLineEnd === -1) firstLineEnd = at;
    const isEnd = bytes[at] === LINE_END && !quoted;
    const isLost = quoted && firstLineEnd !== -1 && at - begin > MOST_ROW_BYTES;
    if (!isEnd && !isLost) continue;
    if (isLost) at = firstLineEnd;
    begin = at + 1;
    ends.push(begin);
    firstLineEnd = -1;
    quoted = false;
  }
  return ends;
}

/** Where the line goes on that is at `from`; undefined where its end is not there yet. */
async function lineEndAfter(file: FileHandle, from: number): Promise<number | undefined> {
  for (let at = from; ; at += CHUNK_BYTES) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(CHUNK_BYTES), position: at });
    const end = buffer.subarray(0, bytesRead).indexOf(LINE_END);
    if (end !== -1) return at + end + 1;
    if (bytesRead === 0) return undefined;
  }
}

async function probe(file: FileHandle, from: number, until: number): Promise<string> {
  const bytes = Buffer.alloc(until - from);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
  return digestOf(bytes.subarray(0, bytesRead));
}

function digestOf(bytes: Uint8Array | number[]): string {
  return createHash("sha256").update(Uint8Array.from(bytes)).digest("hex");
}

function tooLong(file: string, row: number): BaseError {
  return new BaseError("DATA_ROW_TOO_LONG", `${file}, row ${row} is too long, and was left out.`, {
    details: `A row has ${MOST_ROW_BYTES} bytes at the most.`,
    next: "See that every row ends with a line end, and that quotes are closed.",
  });
}
