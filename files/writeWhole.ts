import { randomUUID } from "node:crypto";
import { link, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { makeDirectory } from "./makeDirectory.ts";

/**
 * Replaces a file, whole or not at all, even when the power is cut or another process writes it too; makes its
 * directory where there is none. Throws what the file system does, and `DIRECTORY_UNUSABLE`.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    makeDirectory(dirname(path));
    await writeFile(draft, content, { flush: true });
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw cause;
  }
}

/**
 * Writes a file that is not there yet, whole or not at all; makes its directory where there is none.
 *
 * @param mode - Who may read and write it, as `chmod` says.
 * @throws what the file system does: `EEXIST` when it is there, also when another process was first.
 */
export async function writeNew(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    makeDirectory(dirname(path));
    await writeFile(draft, content, { flush: true, mode });
    await link(draft, path);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}
