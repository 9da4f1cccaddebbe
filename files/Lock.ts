import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname } from "node:path";

import Database from "better-sqlite3";
import { z } from "zod";

import { BaseError } from "../protocol/BaseError.ts";
import { type Clock, systemClock } from "../protocol/Clock.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { systemReason } from "./systemReason.ts";

/** SQLite's application id of a lock, "FLck". */
const APPLICATION = 0x464c_636b;
/** How long another process may be at writing its name, milliseconds. */
const BUSY_MILLISECONDS = 100;
/** How often a lock that another process holds is tried again, milliseconds. */
const RETRY_MILLISECONDS = 100;
/** How long it may take until those who wait are told for whom, milliseconds. */
const UNTOLD_MILLISECONDS = 1000;
/** Longest command that is kept, characters. */
const COMMAND_LENGTH = 300;

const holderSchema = z.object({
  pid: z.int(),
  host: z.string(),
  command: z.string(),
  /** ISO 8601. */
  since: z.string(),
});

/** Who holds a lock. */
export type LockHolder = z.infer<typeof holderSchema>;

/** What a lock is for, as those who do not get it are told. */
export interface LockOptions {
  /** Code of the error. */
  code: string;
  /** What is locked, as a sentence begins: "The directory /home/ada/.freshet". */
  what: string;
  /** What they can do instead of stopping the holder, as a sentence ends: "name another with --directory". */
  instead: string;
}

/** Those that this process holds: none may be collected, which would release it. */
const held = new Set<Lock>();

/**
 * A lock of something on disk, held by one process at a time, with its holder's name in it. It is a database of SQLite
 * with a transaction that stays open: the system ends that with its process, however the process ends. So nobody needs
 * to judge whether a holder is still alive, and no lock outlives a crash, a power cut or the reuse of a process id.
 *
 * @example
 * const lock = Lock.take("/home/ada/.freshet/lock", { code, what, instead });
 * lock.release();
 */
export class Lock {
  readonly #database: Database.Database;

  private constructor(database: Database.Database) {
    this.#database = database;
    held.add(this);
  }

  /**
   * Takes a lock, or says who has it.
   *
   * @param path - Its file; made, with its directory, where there is none, and left there.
   * @throws the options' code when another process, or this one, holds it; `LOCK_UNUSABLE` when its file cannot be used;
   * `DIRECTORY_UNUSABLE`.
   */
  static take(path: string, options: LockOptions, clock: Clock = systemClock): Lock {
    const taken = tryToTake(path, thisProcess(clock));
    if (taken instanceof Database) return new Lock(taken);
    const { what, code, instead } = options;
    throw new BaseError(code, `${what} is in use by another Freshet.`, {
      details: taken === undefined ? "It does not say which." : `It is ${inWords(taken)}`,
      next: `Stop it, or ${instead}. Nothing was changed.`,
    });
  }

  /**
   * Takes a lock once nobody else holds it.
   *
   * @param onWait - Told once who holds it, if that takes a while.
   * @throws `LOCK_UNUSABLE`, `DIRECTORY_UNUSABLE`.
   */
  static async wait(
    path: string,
    onWait: (holder: string) => void = () => undefined,
    clock: Clock = systemClock,
  ): Promise<Lock> {
    const tellAt = clock.now() + UNTOLD_MILLISECONDS;
    for (let told = false; ; ) {
      const taken = tryToTake(path, thisProcess(clock));
      if (taken instanceof Database) return new Lock(taken);
      if (!told && clock.now() >= tellAt) {
        told = true;
        onWait(taken === undefined ? "another process" : inWords(taken));
      }
      await clock.sleep(RETRY_MILLISECONDS);
    }
  }

  /** Who holds a lock, in words; undefined when nobody does, or that cannot be found out. Takes nothing from anybody. */
  static holderOf(path: string): string | undefined {
    if (!existsSync(path)) return undefined;
    let database: Database.Database | undefined;
    try {
      database = new Database(path, { timeout: 0, fileMustExist: true });
      database.exec("BEGIN IMMEDIATE");
      database.exec("ROLLBACK");
      return undefined;
    } catch (cause) {
      if (database === undefined || !isBusy(cause)) return undefined;
      const holder = holderIn(database);
      return holder === undefined ? "another process" : inWords(holder);
    } finally {
      database?.close();
    }
  }

  /** Lets others take it. */
  release(): void {
    this.#database.close();
    held.delete(this);
  }
}

function thisProcess(clock: Clock): LockHolder {
  const [, script = "node", ...words] = process.argv;
  return {
    pid: process.pid,
    host: hostname(),
    command: [basename(script, ".ts"), ...words].join(" ").slice(0, COMMAND_LENGTH),
    since: new Date(clock.now()).toISOString(),
  };
}

function inWords({ pid, host, command, since }: LockHolder): string {
  return `process ${pid} on ${host}, since ${since}: ${command}`;
}

/** The database with its transaction open, or who has it; undefined when that cannot be read. */
function tryToTake(path: string, self: LockHolder): Database.Database | LockHolder | undefined {
  let database: Database.Database | undefined;
  try {
    makeDirectory(dirname(path));
    database = new Database(path, { timeout: BUSY_MILLISECONDS });
    const name = JSON.stringify(self);
    for (;;) {
      // Two transactions: the name must be committed to be read, and the open one is the lock.
      database.transaction(() => writeHolder(database!, name)).immediate();
      database.exec("BEGIN IMMEDIATE");
      if (readHolder(database) === name) return database;
      // Another process wrote its name between the two, and is about to find this one here.
      database.exec("ROLLBACK");
    }
  } catch (cause) {
    const isHeld = isBusy(cause);
    const holder = isHeld ? holderIn(database!) : undefined;
    database?.close();
    if (isHeld) return holder;
    if (cause instanceof BaseError) throw cause;
    throw new BaseError("LOCK_UNUSABLE", `${path} cannot be used as a lock.`, {
      details:
        systemReason(cause) === undefined ? String(cause) : `It cannot be written: ${systemReason(cause)}.`,
      next: "See that this user may write there, and that the disk is not full and locks files; a file there that is not Freshet's must go.",
      cause,
    });
  }
}

function isBusy(error: unknown): boolean {
  return (error as { code?: string }).code?.startsWith("SQLITE_BUSY") === true;
}

function writeHolder(database: Database.Database, name: string): void {
  const application = database.pragma("application_id", { simple: true });
  const objects = database.prepare("SELECT count(*) FROM sqlite_master").pluck().get();
  if (application !== APPLICATION && (application !== 0 || objects !== 0)) {
    throw new RangeError("it is a database of something else");
  }
  database.pragma(`application_id = ${APPLICATION}`);
  database.exec(
    "CREATE TABLE IF NOT EXISTS holder (only INTEGER PRIMARY KEY CHECK (only = 0), name TEXT NOT NULL)",
  );
  database.prepare("INSERT OR REPLACE INTO holder VALUES (0, ?)").run(name);
}

function readHolder(database: Database.Database): unknown {
  return database.prepare("SELECT name FROM holder").pluck().get();
}

function holderIn(database: Database.Database): LockHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(String(readHolder(database))));
  } catch {
    return undefined;
  }
}
