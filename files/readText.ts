import { decodeText } from "./decodeText.ts";
import { readBytes } from "./readBytes.ts";

/**
 * Reads a text file as people have them (see `decodeText`), or standard input for `-`.
 *
 * @throws `FILE_UNREADABLE`, whose cause is the system's error; `NOT_TEXT`.
 */
export async function readText(path: string): Promise<string> {
  return decodeText(await readBytes(path), path === "-" ? "Standard input" : path);
}
