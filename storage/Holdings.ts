import { dirname } from "node:path";

import Database from "better-sqlite3";

import { makeDirectory } from "../files/makeDirectory.ts";
import { systemReason } from "../files/systemReason.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Digest } from "./ContentStore.ts";

/** SQLite's application id of such a list, "FSto". */
const APPLICATION = 0x4653_746f;
const VERSION = 1;
/** How long another process may be at writing, milliseconds. */
const BUSY_MILLISECONDS = 10_000;

/** Least that anything counts for, bytes: as much as it takes on disk. */
export const LEAST_BYTES = 4096;
/** How many are looked at between two looks at what else is to be done. */
const PAGE = 500;

const TABLES = `
  CREATE TABLE holdings (
    digest TEXT NOT NULL,
    writer TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (digest, writer)
  ) WITHOUT ROWID;
  CREATE INDEX holdings_by_time ON holdings (at, digest, writer);
  CREATE TABLE writers (writer TEXT PRIMARY KEY, files INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER held AFTER INSERT ON holdings BEGIN
    INSERT INTO writers VALUES (new.writer, 1, new.bytes)
      ON CONFLICT (writer) DO UPDATE SET files = files + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER given_up AFTER DELETE ON holdings BEGIN
    UPDATE writers SET files = files - 1, bytes = bytes - old.bytes WHERE writer = old.writer;
    DELETE FROM writers WHERE files = 0;
  END;
  CREATE TABLE nonces (nonce TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX nonces_by_time ON nonces (until);
`;

/** What somebody has had kept. */
export interface Holding {
  /** Who put it. */
  writer: string;
  digest: Digest;
  /** What it counts for: at least {@link LEAST_BYTES}. */
  bytes: number;
  /** When it was put last, Unix ms. */
  at: number;
}

/**
 * Who has had what kept, and when last: by it a writer's quota is counted, and what nobody needs any more is found. A
 * database on disk; several processes may use it at once, and each call is whole or not at all.
 *
 * @example
 * const holdings = Holdings.open("/var/freshet/holdings.sqlite");
 * holdings.hold({ writer: "acme", digest, bytes: 262_158, at: Date.now() }, 4_294_967_296); // true: there is room
 */
export class Holdings {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(database: Database.Database) {
    this.#database = database;
  }

  /**
   * Opens a list, and makes it where there is none.
   *
   * @param path - File, or ":memory:".
   * @throws `STORAGE_IO` when it cannot be opened or is none of this version.
   */
  static open(path: string): Holdings {
    let database: Database.Database | undefined;
    try {
      if (path !== ":memory:") makeDirectory(dirname(path));
      database = new Database(path, { timeout: BUSY_MILLISECONDS });
      const opened = database;
      opened.pragma("journal_mode = WAL");
      opened.pragma("synchronous = NORMAL");
      opened
        .transaction(() => {
          const version = opened.pragma("user_version", { simple: true });
          const owner = opened.pragma("application_id", { simple: true });
          if (version === VERSION && owner === APPLICATION) return;
          if (version !== 0 || owner !== 0)
            throw new RangeError("it is of another program, or of a newer Freshet");
          opened.exec(TABLES);
          opened.pragma(`application_id = ${APPLICATION}`);
          opened.pragma(`user_version = ${VERSION}`);
        })
        .immediate();
      return new Holdings(opened);
    } catch (cause) {
      database?.close();
      if (cause instanceof BaseError) throw cause;
      throw new BaseError("STORAGE_IO", `The list ${path} of what storage keeps cannot be used.`, {
        details: systemReason(cause) ?? String(cause),
        next: "See that this user may write there. Moved away, what is kept counts for nobody, and is not removed.",
        cause,
      });
    }
  }

  /**
   * Notes that somebody has something kept from now on; of what he has had kept, that it was put again.
   *
   * @param mostBytes - Most that this writer may have kept in all.
   * @returns Whether there was room: if not, nothing is noted.
   */
  hold({ writer, digest, bytes, at }: Holding, mostBytes = Number.MAX_SAFE_INTEGER): boolean {
    return this.#atOnce(() => {
      const renewed = this.#run(
        "UPDATE holdings SET at = max(at, ?) WHERE digest = ? AND writer = ?",
        at,
        digest,
        writer,
      );
      if (renewed > 0) return true;
      const counted = Math.max(bytes, LEAST_BYTES);
      if (this.bytesOf(writer) + counted > mostBytes) return false;
      this.#run(
        "INSERT INTO holdings (digest, writer, bytes, at) VALUES (?, ?, ?, ?)",
        digest,
        writer,
        counted,
        at,
      );
      return true;
    });
  }

  /** Takes back what was noted of something that then could not be kept. */
  drop(writer: string, digest: Digest): void {
    this.#run("DELETE FROM holdings WHERE digest = ? AND writer = ?", digest, writer);
  }

  /** Forgets something, unless it was put again since. @returns Whether it was forgotten. */
  forget({ writer, digest, at }: Holding): boolean {
    return (
      this.#run("DELETE FROM holdings WHERE digest = ? AND writer = ? AND at = ?", digest, writer, at) > 0
    );
  }

  /** How many bytes a writer has had kept. */
  bytesOf(writer: string): number {
    const found = this.#statement("SELECT bytes FROM writers WHERE writer = ?").pluck().get(writer);
    return (found as number | undefined) ?? 0;
  }

  /** What each writer has had kept, the most first. */
  writers(): { writer: string; files: number; bytes: number }[] {
    return this.#statement("SELECT writer, files, bytes FROM writers ORDER BY bytes DESC, writer").all() as {
      writer: string;
      files: number;
      bytes: number;
    }[];
  }

  /** Whether anybody has something kept. */
  isHeld(digest: Digest): boolean {
    return this.#statement("SELECT 1 FROM holdings WHERE digest = ?").get(digest) !== undefined;
  }

  /** Whether a writer has something kept. */
  isHeldBy(writer: string, digest: Digest): boolean {
    const select = this.#statement("SELECT 1 FROM holdings WHERE digest = ? AND writer = ?");
    return select.get(digest, writer) !== undefined;
  }

  /** All that is held, the oldest first, as it is when it is come to. */
  *all(): Generator<Holding> {
    let last: Holding = { writer: "", digest: "" as Digest, bytes: 0, at: -1 };
    for (;;) {
      const page = this.#statement(
        `SELECT writer, digest, bytes, at FROM holdings WHERE (at, digest, writer) > (?, ?, ?)
         ORDER BY at, digest, writer LIMIT ${PAGE}`,
      ).all(last.at, last.digest, last.writer) as Holding[];
      if (page.length === 0) return;
      yield* page;
      last = page.at(-1)!;
    }
  }

  /**
   * Forgets what may go, and removes what nobody holds any more. Nobody can put it again in between: `remove` is called
   * before anything else of this process runs.
   *
   * @param mayGo - Whether what was put last at this time may go.
   * @param remove - Removes it from where it is, at once. What it throws leaves it held.
   * @returns What was removed, and how many bytes that counted for.
   */
  async release(
    mayGo: (at: number) => boolean,
    remove: (digest: Digest) => void,
  ): Promise<{ digests: number; bytes: number }> {
    let [digests, bytes, seen] = [0, 0, 0];
    for (const holding of this.all()) {
      if (++seen % PAGE === 0) await new Promise((resolve) => setImmediate(resolve));
      if (!mayGo(holding.at)) continue;
      this.#atOnce(() => {
        if (!this.forget(holding) || this.isHeld(holding.digest)) return;
        remove(holding.digest);
        digests += 1;
        bytes += holding.bytes;
      });
    }
    return { digests, bytes };
  }

  /**
   * Notes a number that may be used once.
   *
   * @param until - When it need not be remembered any more, Unix ms.
   * @returns Whether it had not been used.
   */
  useOnce(nonce: string, { now, until }: { now: number; until: number }): boolean {
    return this.#atOnce(() => {
      this.#run("DELETE FROM nonces WHERE until < ?", now);
      return (
        this.#run("INSERT INTO nonces (nonce, until) VALUES (?, ?) ON CONFLICT DO NOTHING", nonce, until) > 0
      );
    });
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): Database.Statement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** @returns How many rows it changed. */
  #run(sql: string, ...values: (string | number)[]): number {
    return this.#statement(sql).run(...values).changes;
  }

  #atOnce<T>(work: () => T): T {
    return this.#database.transaction(work).immediate();
  }
}
