import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { systemReason } from "../../files/systemReason.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { type Arrival, MOST_FILE_BYTES } from "./Arrival.ts";
import { type ArrivalSink, type DataSource, severalLeftOut } from "./DataSource.ts";

/** How long nothing may have been written to a file before it counts, milliseconds: its writer may be at it. */
const SETTLED_MILLISECONDS = 2000;
/** How many files are appended at a time. */
const LOT = 64;
/** Names of files that are being written, or are none of a device's. */
const PASSED_OVER = /(^|\/)\.|\.(part|tmp)$/i;

type FileArrival = Extract<Arrival, { file: string }>;

/**
 * A folder that somebody puts files into, with the folders in it. A file counts once it has not been written to for two
 * seconds, in the order in which files were; it has to stay there as it is while tasks learn from it.
 */
export class GrowingFolder implements DataSource {
  readonly name: string;
  readonly #path: string;
  readonly #sink: ArrivalSink & { kept(): Promise<readonly Arrival[]>; readonly isPruned: boolean };
  readonly #clock: Clock;
  /** Files that were taken, or refused. */
  #known: Set<string> | undefined;
  /** Files that were written before had been taken once, and are forgotten since. */
  #floor = 0;

  constructor(
    path: string,
    modules: {
      sink: ArrivalSink & { kept(): Promise<readonly Arrival[]>; readonly isPruned: boolean };
      clock: Clock;
    },
  ) {
    this.name = path;
    this.#path = path;
    this.#sink = modules.sink;
    this.#clock = modules.clock;
  }

  async look(): Promise<void> {
    const known = await this.#all();
    const found = await this.#settled(known);
    for (let at = 0; at < found.length; at += LOT) {
      const arrivals: FileArrival[] = [];
      const refused: BaseError[] = [];
      for (const file of found.slice(at, at + LOT)) {
        const taken = await this.#take(file);
        if (taken === undefined) continue;
        known.add(file.name);
        if (taken instanceof BaseError) refused.push(taken);
        else arrivals.push(taken);
      }
      await this.#sink.append(arrivals, null);
      if (refused.length > 0)
        this.#sink.tell(`reading ${this.#path}`, severalLeftOut(refused[0]!, refused.length));
    }
  }

  async fileOf({ file, sha256 }: FileArrival): Promise<Uint8Array> {
    const path = join(this.#path, file);
    const bytes = await readFile(path).catch((cause: unknown) => cause as Error);
    const why =
      bytes instanceof Error
        ? `The system says of it: ${systemReason(bytes) ?? String(bytes)}.`
        : digestOf(bytes) === sha256
          ? undefined
          : "It holds something else.";
    if (why === undefined) return new Uint8Array(bytes as Buffer);
    throw new BaseError("DATA_CHANGED", `${path} is not as it came, and was left out.`, {
      details: why,
      next: "Leave files as they are once they are in the folder; put a new one there for something new.",
    });
  }

  async stop(): Promise<void> {}

  /** Names of the files that were taken before. */
  async #all(): Promise<Set<string>> {
    if (this.#known !== undefined) return this.#known;
    const kept = (await this.#sink.kept()).filter((arrival) => "file" in arrival);
    if (this.#sink.isPruned) {
      this.#floor = kept.reduce((least, { modified }) => Math.min(least, modified), Number.POSITIVE_INFINITY);
    }
    this.#known = new Set(kept.map(({ file }) => file));
    return this.#known;
  }

  /** Files that are new and whole, in the order in which they were written. */
  async #settled(known: ReadonlySet<string>): Promise<{ name: string; modified: number; size: number }[]> {
    const now = this.#clock.now();
    const entries = await readdir(this.#path, { recursive: true, withFileTypes: true }).catch(
      (cause: NodeJS.ErrnoException) => {
        throw new BaseError(
          cause.code === "ENOENT" ? "DATA_MISSING" : "DATA_UNREADABLE",
          `${this.#path} cannot be read.`,
          {
            details: `The system says of it: ${systemReason(cause) ?? String(cause)}.`,
            next: "Have whoever writes the files do so there, and see that this user may read them.",
            cause,
          },
        );
      },
    );
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#path, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .filter((name) => !known.has(name) && !PASSED_OVER.test(name));
    const found: { name: string; modified: number; size: number }[] = [];
    for (const name of names) {
      const status = await stat(join(this.#path, name)).catch(() => undefined);
      if (status === undefined || status.mtimeMs < this.#floor) continue;
      if (now - Math.max(status.mtimeMs, status.ctimeMs) < SETTLED_MILLISECONDS) continue;
      found.push({ name, modified: status.mtimeMs, size: status.size });
    }
    return found.sort((a, b) => a.modified - b.modified || (a.name < b.name ? -1 : 1));
  }

  /** A file as it is kept; why it is not; undefined when it is gone again. */
  async #take({
    name,
    modified,
    size,
  }: {
    name: string;
    modified: number;
    size: number;
  }): Promise<FileArrival | BaseError | undefined> {
    const path = join(this.#path, name);
    if (size > MOST_FILE_BYTES) {
      return new BaseError("DATA_FILE_TOO_LARGE", `${path} is too large, and was left out.`, {
        details: `It has ${size} bytes; a file has ${MOST_FILE_BYTES} at the most.`,
      });
    }
    try {
      const bytes = await readFile(path);
      return { file: name, bytes: bytes.length, sha256: digestOf(bytes), modified };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      return new BaseError("DATA_UNREADABLE", `${path} cannot be read, and was left out.`, {
        details: `The system says of it: ${systemReason(cause) ?? String(cause)}.`,
        cause,
      });
    }
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
