import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

import Database from "better-sqlite3";

import { BaseError } from "../../protocol/BaseError.ts";

/** Changes with the tables: a database of another version is refused, not guessed at. */
const VERSION = 1;

/** Whose database a file is, as SQLite's application id: "FRel" and "FVal". */
const APPLICATIONS = { relayer: 0x4652_656c, validator: 0x4656_616c } as const;

/**
 * Opens a service's database and makes its tables. What a transaction wrote
 * outlives the process from the moment it returns.
 *
 * @param path - File, or ":memory:".
 * @param options - `owner`: whose it is; `durable`: also a power cut takes nothing back; otherwise it may take the last
 * moments.
 * @throws `DATABASE_UNUSABLE` when the file is no database, of another version, or not the owner's; it is left as it is.
 */
export function openDatabase(
  path: string,
  tables: string,
  options: { owner: keyof typeof APPLICATIONS; durable: boolean },
): Database.Database {
  const application = APPLICATIONS[options.owner];
  let database: Database.Database | undefined;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    database = new Database(path, { timeout: 10_000 });
    // Before anything is written to it.
    requireOwn(database, application);
    database.pragma("journal_mode = WAL");
    database.pragma(`synchronous = ${options.durable ? "FULL" : "NORMAL"}`);
    const opened = database;
    opened
      .transaction(() => {
        requireOwn(opened, application);
        opened.exec(tables);
        opened.pragma(`application_id = ${application}`);
        opened.pragma(`user_version = ${VERSION}`);
      })
      .immediate();
    return opened;
  } catch (cause) {
    database?.close();
    throw new BaseError("DATABASE_UNUSABLE", `${path} cannot be used as the relay's database.`, {
      details: String(cause),
      next: "Move it away. A relayer then begins again from the chains; a validator must keep its own, or it may sign a second history.",
      cause,
    });
  }
}

/** Throws unless a database is empty or was made here, for the same owner. */
function requireOwn(database: Database.Database, application: number): void {
  const version = database.pragma("user_version", { simple: true });
  const made = database.pragma("application_id", { simple: true });
  if (version === VERSION && made === application) return;
  const objects = database.prepare("SELECT count(*) FROM sqlite_master").pluck().get();
  if (version === 0 && made === 0 && objects === 0) return;
  throw new RangeError(
    made === application
      ? `it has version ${version}, not ${VERSION}`
      : "it was made by something else, or for another part of the relay",
  );
}
