import { randomUUID } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";

import Database from "better-sqlite3";

import { makeDirectory } from "../../files/makeDirectory.ts";
import { systemReason } from "../../files/systemReason.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** Who may read and write a copy: its owner. */
const OWNER_ONLY = 0o600;

/**
 * Copies a database into a file, as it is at one moment: also while its service writes to it. The copy is there whole and
 * on the disk, or not at all.
 *
 * @param from - The database.
 * @param to - A file that is not there yet.
 * @throws `BACKUP_FAILED`, `FILE_EXISTS`, `DIRECTORY_UNUSABLE`.
 */
export function backUp(from: string, to: string): void {
  if (existsSync(to)) throw fileExists(to);
  makeDirectory(dirname(to));
  const draft = `${to}.${randomUUID()}.tmp`;
  try {
    const database = new Database(from, { fileMustExist: true, timeout: 10_000 });
    try {
      // One read transaction: what is written meanwhile is not in it, and waits for nothing.
      database.prepare("VACUUM INTO ?").run(draft);
    } finally {
      database.close();
    }
    requireWhole(draft);
    chmodSync(draft, OWNER_ONLY);
    flush(draft);
    linkSync(draft, to);
    flush(dirname(to));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw fileExists(to);
    throw new BaseError("BACKUP_FAILED", `${from} was not copied to ${to}.`, {
      details: systemReason(cause) ?? (cause instanceof Error ? cause.message : String(cause)),
      next: "Make room, or name another file; the database itself is as it was.",
      cause,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Throws unless SQLite finds a file whole. */
export function requireWhole(path: string): void {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const found = database.pragma("integrity_check(1)", { simple: true });
    if (found !== "ok") throw new RangeError(`SQLite says of it: ${String(found)}`);
  } finally {
    database.close();
  }
}

/** Takes to the disk what the system still holds of a file, or of a directory's list. */
export function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function fileExists(path: string): BaseError {
  return new BaseError("FILE_EXISTS", `There is a file at ${path} already.`, {
    next: "Name another: nothing is written over.",
  });
}
