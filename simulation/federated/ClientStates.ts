import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDirectory } from "../../files/makeDirectory.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { digestOf } from "../../storage/contentId.ts";
import type { DigestedFile } from "./FitLane.ts";

/** Where a client's state is to be found again. */
export interface KeptState {
  readonly digest: string;
  /** The round that left it. */
  readonly round: number;
}

/** How {@link ClientStates} keep states. */
export interface ClientStatesOptions {
  /** Bytes of states in memory; what was not used for longest goes to disk. */
  readonly memoryBytes: number;
  /**
   * States are written here when they are flushed, and stay; undefined: only what memory has no room for, to a directory
   * that goes with it.
   */
  readonly directory?: string | undefined;
}

interface Entry extends KeptState {
  bytes: Uint8Array | undefined;
  written: boolean;
  /** Whether a checkpoint names its file, which then stays until the next one is made. */
  named: boolean;
}

/**
 * The states of clients that have one: in memory as far as there is room, on disk beyond, each in a file named by the
 * client and the round that left it. A file is checked against its digest when it is read.
 */
export class ClientStates {
  readonly #memoryBytes: number;
  readonly #isLasting: boolean;
  #directory: string | undefined;
  readonly #entries = new Map<number, Entry>();
  /** Those in memory, the least recently used first. */
  readonly #recent = new Map<number, Entry>();
  #held = 0;

  /** @throws BaseError `DIRECTORY_UNUSABLE`. */
  constructor({ memoryBytes, directory }: ClientStatesOptions) {
    this.#memoryBytes = memoryBytes;
    this.#isLasting = directory !== undefined;
    this.#directory = directory;
    if (directory !== undefined) makeDirectory(directory);
  }

  /** Bytes of states in memory. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Where all states are, by client. */
  get kept(): ReadonlyMap<number, KeptState> {
    return this.#entries;
  }

  /** Takes over a state that was written here before. */
  restore(client: number, { digest, round }: KeptState): void {
    this.#entries.set(client, { digest, round, bytes: undefined, written: true, named: true });
  }

  /**
   * A client's state; undefined if it has none.
   *
   * @throws BaseError `CLIENT_STATE_DAMAGED` when its file is not there or holds something else.
   */
  async get(client: number): Promise<DigestedFile | undefined> {
    const entry = this.#entries.get(client);
    if (entry === undefined) return undefined;
    const { digest } = entry;
    if (entry.bytes !== undefined) {
      this.#use(client, entry);
      return { digest, bytes: entry.bytes };
    }
    const path = this.#pathOf(client, entry.round);
    const bytes = readIfThere(path);
    if (bytes === undefined || (await digestOf(bytes)) !== digest) {
      throw new BaseError("CLIENT_STATE_DAMAGED", `${path} does not hold the state of client ${client}.`, {
        details: bytes === undefined ? "It is not there." : "Its digest is another.",
        next: "Put the file back, or start the rounds anew in another directory.",
      });
    }
    return { digest, bytes };
  }

  /** Keeps what a round left of a client, in place of what it had. Throws what the file system does. */
  set(client: number, round: number, { digest, bytes }: DigestedFile): void {
    const before = this.#entries.get(client);
    if (before?.bytes !== undefined) this.#held -= before.bytes.length;
    if (before?.written === true && !before.named) rmSync(this.#pathOf(client, before.round));
    const entry: Entry = { digest, round, bytes, written: false, named: false };
    this.#entries.set(client, entry);
    this.#use(client, entry);
    this.#held += bytes.length;
    for (const [other, oldest] of this.#recent) {
      if (this.#held <= this.#memoryBytes) break;
      if (!oldest.written) this.#write(other, oldest);
      this.#held -= oldest.bytes!.length;
      oldest.bytes = undefined;
      this.#recent.delete(other);
    }
  }

  /** Writes all that is not on disk yet, for a checkpoint to name it. Throws what the file system does. */
  flush(): void {
    for (const [client, entry] of this.#recent) if (!entry.written) this.#write(client, entry);
  }

  /** A checkpoint names what was flushed. */
  wereNamed(): void {
    for (const entry of this.#entries.values()) entry.named = true;
  }

  /** The name of the file of a state. */
  static fileOf(client: number, round: number): string {
    return `client-${client}-round-${round}.safetensors`;
  }

  /** Removes what would not be found again. */
  close(): void {
    if (!this.#isLasting && this.#directory !== undefined) rmSync(this.#directory, { recursive: true });
    this.#directory = undefined;
    this.#entries.clear();
    this.#recent.clear();
    this.#held = 0;
  }

  /** Makes it the last that goes to disk. */
  #use(client: number, entry: Entry): void {
    this.#recent.delete(client);
    this.#recent.set(client, entry);
  }

  #write(client: number, entry: Entry): void {
    this.#directory ??= mkdtempSync(join(tmpdir(), "freshet-states-"));
    writeFileSync(this.#pathOf(client, entry.round), entry.bytes!);
    entry.written = true;
  }

  #pathOf(client: number, round: number): string {
    return join(this.#directory!, ClientStates.fileOf(client, round));
  }
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
