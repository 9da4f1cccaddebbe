import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { CURSOR_DIRECTORY } from "../chains/networks/CursorFile.ts";
import { makeDirectory } from "../files/makeDirectory.ts";
import { EARLIER, setAside } from "../files/setAside.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { holdDatabases } from "../relay/store/holdDatabase.ts";

/** All that a network writes to its directory. */
const WRITTEN = [
  "chains",
  "content",
  "held",
  "relay",
  CURSOR_DIRECTORY,
  "services",
  "history",
  "logs",
  "network.json",
] as const;

/** Marks a directory as a network's own. In another nothing is moved or removed, whatever its name. */
const MARK = ".freshet-network";
const MARK_TEXT = `What Freshet writes in this directory it sets aside, or removes when that is asked for (--fresh): ${WRITTEN.join(", ")}, ${EARLIER}.\n`;

/**
 * Makes a directory a network's own, before anything is touched in it.
 *
 * @throws `DIRECTORY_NOT_OURS` when something is there, by a name that a network would use, that none wrote;
 * `DIRECTORY_UNUSABLE`.
 */
export async function claimDirectory(directory: string): Promise<void> {
  makeDirectory(directory);
  if (existsSync(join(directory, MARK))) return;
  const others = [...WRITTEN, EARLIER].filter((name) => existsSync(join(directory, name)));
  if (others.length > 0) {
    throw new BaseError("DIRECTORY_NOT_OURS", `${resolve(directory)} is no network's directory.`, {
      details: `No network made it, and there is already what one would set aside or remove: ${others.join(", ")}.`,
      next: "Name a directory of its own after --directory, or move what is there.",
    });
  }
  await markDirectory(directory);
}

/** Says in a directory that it is a network's own, as where its chains are gone on with. */
export async function markDirectory(directory: string): Promise<void> {
  await writeWhole(join(directory, MARK), MARK_TEXT);
}

/** What is kept of the networks that were in a directory before. */
export interface EarlierNetworks {
  /** Folder of the one that was there last. */
  last: string;
  count: number;
  bytes: number;
}

/**
 * Makes room for a network that begins empty: what an earlier one left in the directory is moved into a folder of its
 * own, which is a network's directory like any other.
 *
 * @param now - Names the folder; Unix milliseconds.
 * @returns What is kept, or undefined when nothing was there.
 * @throws `DATABASE_IN_USE` when a relay of the earlier network still runs.
 */
export async function setNetworkAside(directory: string, now: number): Promise<EarlierNetworks | undefined> {
  const release = holdDatabases(join(directory, "relay"));
  try {
    const last = await setAside(directory, WRITTEN, now);
    if (last === undefined) return undefined;
    const earlier = join(directory, EARLIER);
    return { last, count: (await readdir(earlier)).length, bytes: await bytesIn(earlier) };
  } finally {
    release();
  }
}

/**
 * Removes what earlier networks left in a directory, and what was set aside of them.
 *
 * @throws `DATABASE_IN_USE` when a relay of the earlier network still runs.
 */
export async function removeEarlier(directory: string): Promise<void> {
  const release = holdDatabases(join(directory, "relay"));
  try {
    for (const name of [...WRITTEN, EARLIER])
      await rm(join(directory, name), { recursive: true, force: true });
  } finally {
    release();
  }
}

async function bytesIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What people are told of networks that were set aside. */
export function earlierInWords({ last, count, bytes }: EarlierNetworks): string {
  const all = count === 1 ? "It holds" : `${count} such folders hold`;
  return `What an earlier network left here is now in ${last}. ${all} ${(bytes / 1e6).toFixed(1)} MB; --fresh removes them.`;
}
