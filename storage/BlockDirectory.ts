import { rmSync } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NextToLast } from "blockstore-fs/sharding";
import { base32upper } from "multiformats/bases/base32";
import { CID } from "multiformats/cid";
import { writeWhole } from "../files/writeWhole.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { type BlockStore, maxBlockBytes } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf } from "./contentId.ts";
import { verifyBlock } from "./verifyBlock.ts";

/** What passes by itself: too many open files, or a file in use. */
const passingErrors = new Set(["EMFILE", "ENFILE", "EAGAIN", "EBUSY"]);

/** What the multihash of a sha-256 digest begins with. */
const MULTIHASH = [0x12, 32];

/**
 * Blocks as files of one directory, in blockstore-fs's layout, so that any
 * IPFS tool that reads it can read ours. Several processes may use it at once.
 *
 * Reading and writing are our own: blockstore-fs 4.0.1 names the temporary
 * file of a block always the same, so of two writers one publishes what the
 * other has half written; and it reports a failing disk as a missing block.
 *
 * @example
 * const blocks = new BlockDirectory("/var/freshet/blocks");
 * await blocks.putBlock(digest, bytes);
 */
export class BlockDirectory implements BlockStore {
  readonly #directory: string;
  readonly #sharding = new NextToLast();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The file that holds a block, whether it exists or not. */
  pathOf(digest: Digest): string {
    const { dir, file } = this.#sharding.encode(CID.parse(cidOf(digest)));
    return join(this.#directory, dir, file);
  }

  /** All blocks of files that are here: how long each is, and when it was written, Unix ms. */
  async *list(): AsyncGenerator<{ digest: Digest; bytes: number; at: number }> {
    for (const name of await readdir(this.#directory, { recursive: true }).catch(nothingThere)) {
      const digest = digestOfFile(name);
      if (digest === undefined || this.pathOf(digest) !== join(this.#directory, name)) continue;
      const { size, mtimeMs } = await stat(join(this.#directory, name));
      yield { digest, bytes: size, at: Math.floor(mtimeMs) };
    }
  }

  /** Removes a block, at once; one that is not here is none the worse. @throws `STORAGE_IO`. */
  remove(digest: Digest): void {
    const path = this.pathOf(digest);
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw ioError("remove", path, error);
    }
  }

  async getBlock(digest: Digest): Promise<Uint8Array> {
    const path = this.pathOf(digest);
    const bytes = await readIfThere(path);
    if (bytes === undefined) {
      throw new BaseError("STORAGE_NOT_FOUND", `Block ${cidOf(digest)} is not stored here.`, {
        details: `There is no file ${path}.`,
        next: "Wait until it is put, or read it from another store.",
        retryable: true,
      });
    }
    verifyBlock(digest, bytes, `The file ${path}`);
    return bytes;
  }

  async checkBlock(digest: Digest): Promise<void> {
    await this.getBlock(digest);
  }

  async putBlock(digest: Digest, bytes: Uint8Array): Promise<void> {
    verifyBlock(digest, bytes, "The caller of putBlock");
    const path = this.pathOf(digest);
    const present = await readIfThere(path);
    if (present !== undefined && Buffer.compare(present, bytes) === 0) return;
    try {
      await writeWhole(path, bytes);
    } catch (error) {
      throw ioError("write", path, error);
    }
  }
}

/** The digest that a block's file is named by; undefined of other files. */
function digestOfFile(name: string): Digest | undefined {
  const [, text] = /([A-Z2-7]+)\.data$/.exec(name) ?? [];
  if (text === undefined) return undefined;
  const bytes = base32upper.decode(`B${text}`);
  return bytes.length === MULTIHASH.length + 32 && MULTIHASH.every((byte, i) => bytes[i] === byte)
    ? `0x${Buffer.from(bytes.subarray(MULTIHASH.length)).toString("hex")}`
    : undefined;
}

function nothingThere(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, "r");
    try {
      return await readCapped(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasErrno(error) && error.code === "ENOENT") return undefined;
    throw ioError("read", path, error);
  }
}

/** At most one byte more than a block may have: enough to tell that it is none. */
async function readCapped(file: FileHandle): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.min(size, maxBlockBytes + 1));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled);
    if (bytesRead === 0) break; // truncated since the stat
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function ioError(verb: "read" | "write" | "remove", path: string, cause: unknown): BaseError {
  return new BaseError("STORAGE_IO", `Could not ${verb} a block file.`, {
    details: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    next: "Check the directory, its permissions and the space left on its disk.",
    retryable: hasErrno(cause) && passingErrors.has(cause.code),
    cause,
  });
}

function hasErrno(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
