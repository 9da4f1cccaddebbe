import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { NextToLast } from "blockstore-fs/sharding";
import { CID } from "multiformats/cid";
import { writeWhole } from "../files/writeWhole.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { type BlockStore, maxBlockBytes } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf } from "./contentId.ts";
import { verifyBlock } from "./verifyBlock.ts";

/** What passes by itself: too many open files, or a file in use. */
const passingErrors = new Set(["EMFILE", "ENFILE", "EAGAIN", "EBUSY"]);

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

function ioError(verb: "read" | "write", path: string, cause: unknown): BaseError {
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
