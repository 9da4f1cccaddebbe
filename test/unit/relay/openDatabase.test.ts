import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Database from "better-sqlite3";
import { expect } from "chai";

import { openDatabase } from "../../../relay/store/openDatabase.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { thrown } from "../thrown.ts";
import { mark, message, ORIGIN } from "./samples.ts";

describe("openDatabase", () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-database-"));
    path = join(directory, "some.sqlite");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  for (const [name, Store] of [
    ["RelayerStore", RelayerStore],
    ["ValidatorStore", ValidatorStore],
  ] as const) {
    /** Opening must fail and leave every byte as it was. */
    const expectRefused = (): void => {
      const before = readFileSync(path);
      const error = thrown(() => new Store(path));
      expect(error.code).to.equal("DATABASE_UNUSABLE");
      expect(error.shortMessage).to.contain(path);
      expect(readFileSync(path).equals(before)).to.equal(true);
      expect(existsSync(`${path}-wal`)).to.equal(false);
    };

    it(`refuses a file that is no database, and leaves it as it is (${name})`, () => {
      writeFileSync(path, "signatures of old, one a line\n".repeat(300));
      expectRefused();
    });

    it(`refuses a database that was cut short (${name})`, () => {
      const store = new Store(path);
      for (let i = 0; i < 200; i++) store.advance(ORIGIN, mark(i), [message(i)], []);
      store.close();
      writeFileSync(path, readFileSync(path).subarray(0, 4096 + 100));
      expect(thrown(() => new Store(path).ids(ORIGIN)).code).to.equal("DATABASE_UNUSABLE");
    });

    it(`refuses a database of another version, and leaves it as it is (${name})`, () => {
      const other = new Database(path);
      other.exec("CREATE TABLE message (everything TEXT); INSERT INTO message VALUES ('dear')");
      other.pragma("user_version = 2");
      other.close();
      expectRefused();
    });

    it(`refuses a database that something else made, and leaves it as it is (${name})`, () => {
      const other = new Database(path);
      other.exec("CREATE TABLE recipes (cake TEXT); INSERT INTO recipes VALUES ('flour')");
      other.close();
      expectRefused();
    });

    it(`refuses a directory (${name})`, () => {
      expect(thrown(() => new Store(directory)).code).to.equal("DATABASE_UNUSABLE");
    });
  }

  it("refuses a validator's database as a relayer's, and the other way round", () => {
    new ValidatorStore(path).close();
    expect(thrown(() => new RelayerStore(path)).code).to.equal("DATABASE_UNUSABLE");
    const second = join(directory, "second.sqlite");
    new RelayerStore(second).close();
    expect(thrown(() => new ValidatorStore(second)).code).to.equal("DATABASE_UNUSABLE");
  });

  it("makes the folders that its file is in", () => {
    const deep = join(directory, "a", "b", "c.sqlite");
    new RelayerStore(deep).close();
    expect(existsSync(deep)).to.equal(true);
  });

  it("opens what another process has open", () => {
    const first = new RelayerStore(path);
    const second = new RelayerStore(path);
    first.advance(ORIGIN, mark(1), [message(0)], []);
    expect(second.ids(ORIGIN)).to.deep.equal([message(0).id]);
    second.close();
    first.close();
  });

  it("survives a process that ended in the midst of a transaction", () => {
    const first = new RelayerStore(path);
    first.advance(ORIGIN, mark(1), [message(0)], []);
    const dying = new Database(path);
    dying.exec("BEGIN IMMEDIATE; DELETE FROM message; DELETE FROM block");
    dying.close();
    first.close();
    const again = new RelayerStore(path);
    expect(again.ids(ORIGIN)).to.deep.equal([message(0).id]);
    expect(again.cursor(ORIGIN)).to.deep.equal(mark(1));
    again.close();
  });

  it("writes what must outlive a power cut to the disk at once", () => {
    const durable = openDatabase(
      path,
      { owner: "validator", tables: ["CREATE TABLE t (x)"], steps: [] },
      { durable: true },
    );
    expect(durable.pragma("synchronous", { simple: true })).to.equal(2);
    expect(durable.pragma("journal_mode", { simple: true })).to.equal("wal");
    durable.close();
  });
});
