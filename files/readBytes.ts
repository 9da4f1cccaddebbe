import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { BaseError } from "../protocol/BaseError.ts";
import { systemReason } from "./systemReason.ts";

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws `FILE_UNREADABLE`, whose cause is the system's error.
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return path === "-" ? await buffer(process.stdin) : await readFile(path);
  } catch (cause) {
    const reason = systemReason(cause);
    throw new BaseError("FILE_UNREADABLE", `${path} cannot be read.`, {
      details: reason === undefined ? String(cause) : `The system says that ${reason}.`,
      next: isAbsolute(path) ? "Name another, or put that right." : `It was looked for in ${process.cwd()}.`,
      cause,
    });
  }
}

/**
 * Reads a file that may be compressed with gzip.
 *
 * @throws `FILE_UNREADABLE`, also for a damaged gzip file.
 */
export async function readUncompressed(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes);
  } catch (cause) {
    throw new BaseError("FILE_UNREADABLE", `${path} cannot be unpacked.`, { details: String(cause), cause });
  }
}
