import type Database from "better-sqlite3";

// biome-ignore lint/suspicious/noExplicitAny: rows have the columns of their statement
export type Row = any;

/** A database's statements, each prepared once; the tables of one store share them. */
export class Statements {
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** The first row; undefined without any. */
  get(sql: string, ...values: readonly unknown[]): Row {
    return this.#statement(sql).get(...bound(sql, values));
  }

  /** All rows. */
  all(sql: string, ...values: readonly unknown[]): Row[] {
    return this.#statement(sql).all(...bound(sql, values));
  }

  /** Writes. */
  run(sql: string, ...values: readonly unknown[]): Database.RunResult {
    return this.#statement(sql).run(...bound(sql, values));
  }

  /**
   * Does all of some work or nothing; inside another transaction, as a part of that one.
   *
   * @param synchronous - Whether also a power cut takes nothing back of it (`FULL`), or may (`NORMAL`); as the database
   * was opened unless given.
   */
  transaction<T>(work: () => T, synchronous?: "FULL" | "NORMAL"): T {
    if (synchronous !== undefined) this.#database.pragma(`synchronous = ${synchronous}`);
    return this.#database.transaction(work).immediate();
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/** SQLite's numbered parameters are bound by name, plain ones by place. */
function bound(sql: string, values: readonly unknown[]): unknown[] {
  const columns = values.map(toColumn);
  return sql.includes("?1") ? [Object.fromEntries(columns.map((value, i) => [i + 1, value]))] : columns;
}

/** Chain ids and wei may exceed SQLite's integers, so they are kept as decimal text. */
function toColumn(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
