import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";

import { BaseError } from "../protocol/BaseError.ts";
import { decodeText } from "./decodeText.ts";

/**
 * Reads a text file as people have them (see `decodeText`), or standard input for `-`.
 *
 * @throws `FILE_UNREADABLE`, whose cause is the system's error; `NOT_TEXT`.
 */
export async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = path === "-" ? await buffer(process.stdin) : await readFile(path);
  } catch (cause) {
    throw new BaseError("FILE_UNREADABLE", `${path} cannot be read.`, { details: String(cause), cause });
  }
  return decodeText(bytes, path === "-" ? "Standard input" : path);
}
