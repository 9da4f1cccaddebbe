import { dirname } from "node:path";

import Database from "better-sqlite3";

import { makeDirectory } from "../../files/makeDirectory.ts";
import { systemReason } from "../../files/systemReason.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** Whose database a file is, as SQLite's application id: "FRel" and "FVal". */
const APPLICATIONS = { relayer: 0x4652_656c, validator: 0x4656_616c } as const;

/** Makes a database of one version one of the next, inside a transaction. */
export type Step = (database: Database.Database) => void;

/** What a service's database is like. */
export interface Schema {
  /** Whose it is: no service opens another's. */
  owner: keyof typeof APPLICATIONS;
  /** Statements that make the tables of the newest version. */
  tables: readonly string[];
  /** From the first version on, so that the newest version is one more than there are steps. */
  steps: readonly Step[];
}

/**
 * Opens a service's database, makes its tables in a new one, and brings an older one up to the newest version step by
 * step. Each step is one transaction: whatever stops it in between, the file is whole, of one version or the next, and
 * whoever opens it again goes on from there. What a transaction wrote outlives the process from the moment it returns.
 *
 * @param path - File, or ":memory:".
 * @param options - `durable`: also a power cut takes nothing back; otherwise it may take the last moments.
 * @throws `DATABASE_NEWER` when a newer Freshet wrote the file; `DATABASE_UNUSABLE` when it is no database or not the
 * owner's; `DATABASE_UNWRITABLE` when the system refuses, such as on a full disk; `DIRECTORY_UNUSABLE`. The file is left
 * as it is.
 */
export function openDatabase(path: string, schema: Schema, options: { durable: boolean }): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (path !== ":memory:") makeDirectory(dirname(path));
    database = new Database(path, { timeout: 10_000 });
    // Before anything is written to it.
    requireUsable(database, path, schema);
    database.pragma("journal_mode = WAL");
    database.pragma(`synchronous = ${options.durable ? "FULL" : "NORMAL"}`);
    while (requireUsable(database, path, schema) < newest(schema)) takeStep(database, path, schema);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof BaseError) throw cause;
    const reason = systemReason(cause);
    if (reason !== undefined) {
      throw new BaseError("DATABASE_UNWRITABLE", `${path} cannot be opened or written.`, {
        details: `The system says: ${reason}.`,
        next: "Make room, or see that this user may write there; then start again. Keep the file.",
        cause,
      });
    }
    throw new BaseError("DATABASE_UNUSABLE", `${path} cannot be used as the relay's database.`, {
      details: String(cause),
      next: "Move it away. A relayer then begins again from the chains; a validator must keep its own, or it may sign a second history.",
      cause,
    });
  }
}

function newest({ steps }: Schema): number {
  return steps.length + 1;
}

/** Makes the tables of an empty database, or brings an older one to the next version. */
function takeStep(database: Database.Database, path: string, schema: Schema): void {
  database
    .transaction(() => {
      // Another process may have been faster.
      const version = requireUsable(database, path, schema);
      if (version === newest(schema)) return;
      if (version === 0) for (const table of schema.tables) database.exec(table);
      else schema.steps[version - 1]!(database);
      database.pragma(`application_id = ${APPLICATIONS[schema.owner]}`);
      database.pragma(`user_version = ${version === 0 ? newest(schema) : version + 1}`);
    })
    .immediate();
}

/** The version of a database that was made here, for the same owner; 0 of an empty one. Throws for any other. */
function requireUsable(database: Database.Database, path: string, schema: Schema): number {
  const version = database.pragma("user_version", { simple: true }) as number;
  const application = database.pragma("application_id", { simple: true });
  if (application === APPLICATIONS[schema.owner] && version > newest(schema)) {
    throw new BaseError("DATABASE_NEWER", `${path} was written by a newer Freshet.`, {
      details: `It has version ${version}; this Freshet knows versions up to ${newest(schema)}.`,
      next: "Use the newer Freshet. A relayer's file may be moved away, it begins again from the chains; a validator must keep its own, or it may sign a second history.",
    });
  }
  if (application === APPLICATIONS[schema.owner] && version > 0) return version;
  const objects = database.prepare("SELECT count(*) FROM sqlite_master").pluck().get();
  if (version === 0 && application === 0 && objects === 0) return 0;
  throw new RangeError("it was made by something else, or for another part of the relay");
}
