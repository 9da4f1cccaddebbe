import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { setAside } from "../files/setAside.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { systemClock } from "../protocol/Clock.ts";

/** Files by their names. */
export type ResultFiles = Readonly<Record<string, string | Uint8Array>>;

/**
 * Writes the files of a result. Other content that is there by the same names took somebody hours, perhaps: it is set
 * aside.
 *
 * @param directory - Where to; made if it is not there.
 * @returns Where what was there before is now; undefined when nothing else was.
 */
export async function writeResults(directory: string, files: ResultFiles): Promise<string | undefined> {
  const replaced: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const before = await readFile(join(directory, name)).catch(() => undefined);
    if (before !== undefined && Buffer.compare(before, Buffer.from(content)) !== 0) replaced.push(name);
  }
  const earlier = await setAside(directory, replaced, systemClock.now());
  for (const [name, content] of Object.entries(files)) await writeWhole(join(directory, name), content);
  return earlier;
}
