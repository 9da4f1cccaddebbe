import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";

import { makeDirectory } from "./makeDirectory.ts";

/** Folder of a directory in which what was in it before is kept, a folder a time. */
export const EARLIER = "earlier";

/**
 * Makes room in a directory: moves what is there by these names into a folder of its own.
 *
 * @param now - Names the folder; Unix milliseconds.
 * @returns The folder, or undefined when nothing was there.
 */
export async function setAside(
  directory: string,
  names: readonly string[],
  now: number,
): Promise<string | undefined> {
  const there = names.filter((name) => existsSync(join(directory, name)));
  if (there.length === 0) return undefined;
  const moment = new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = await newFolder(join(directory, EARLIER), moment);
  for (const name of there) await rename(join(directory, name), join(folder, name));
  return folder;
}

/** Makes a folder of that name, or of the next that is not taken. */
async function newFolder(parent: string, name: string): Promise<string> {
  makeDirectory(parent);
  for (let n = 1; ; n++) {
    const path = join(parent, n === 1 ? name : `${name}-${n}`);
    try {
      await mkdir(path);
      return path;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
  }
}
