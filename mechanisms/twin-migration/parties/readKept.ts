import { readFile } from "node:fs/promises";

/** What an earlier process of a party kept; undefined if there was none. */
export async function readKept(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
