import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Database from "better-sqlite3";
import { expect } from "chai";

import type { Voucher } from "../../../relay/proofs/Fact.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { announcement, mark, message, ORIGIN } from "./samples.ts";

const GATEWAY = "0xABababABababABababABababABababABababABab";

const WHERE = { kind: "checkpoint", chainId: ORIGIN, gateway: GATEWAY } as const;
const ALL = { limit: 99, newestFirst: true };

const checkpoint = (place: number, hash = `0x${"01".repeat(32)}`): Voucher => ({
  place,
  hash,
  signature: `0x${"02".repeat(65)}`,
});

describe("ValidatorStore", () => {
  let directory: string;
  let path: string;
  let store: ValidatorStore;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-store-"));
    path = join(directory, "validator.sqlite");
    store = new ValidatorStore(path);
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const signed = (from = 0, limit = 99) =>
    store.vouchers.from(WHERE, from, { ...ALL, limit }).map(({ place }) => place);

  it("refuses a second signature for an index, whatever it is of, and what was to be kept with it", () => {
    store.vouchers.save(WHERE, [checkpoint(4)]);
    for (const second of [checkpoint(4), checkpoint(4, `0x${"99".repeat(32)}`)]) {
      expect(() => store.vouchers.save(WHERE, [checkpoint(3), second, checkpoint(5)])).to.throw(/UNIQUE/);
    }
    expect(store.vouchers.from(WHERE, 0, ALL)).to.deep.equal([checkpoint(4)]);
  });

  it("refuses it from another process too, and however the gateway's address is written", () => {
    const other = new ValidatorStore(path);
    other.vouchers.save(WHERE, [checkpoint(4)]);
    expect(() => store.vouchers.save(WHERE, [checkpoint(4)])).to.throw(/UNIQUE/);
    expect(() => store.vouchers.save({ ...WHERE, gateway: GATEWAY.toLowerCase() }, [checkpoint(4)])).to.throw(
      /UNIQUE/,
    );
    expect(store.vouchers.last({ ...WHERE, gateway: GATEWAY.toLowerCase() })).to.deep.equal(checkpoint(4));
    other.close();
  });

  it("signs for each chain, gateway and kind on its own", () => {
    store.vouchers.save(WHERE, [checkpoint(4)]);
    store.vouchers.save({ ...WHERE, chainId: ORIGIN + 1n }, [checkpoint(4)]);
    store.vouchers.save({ ...WHERE, gateway: `0x${"cd".repeat(20)}` }, [checkpoint(4)]);
    store.vouchers.save({ ...WHERE, kind: "header" }, [checkpoint(4), checkpoint(3)]);
    expect(signed()).to.deep.equal([4]);
    const oldestFirst = { limit: 99, newestFirst: false };
    expect(store.vouchers.from({ ...WHERE, kind: "header" }, 0, oldestFirst)).to.deep.equal([
      checkpoint(3),
      checkpoint(4),
    ]);
  });

  it("gives what it signed from an index on, the newest first", () => {
    store.vouchers.save(
      WHERE,
      [2, 5, 9].map((index) => checkpoint(index)),
    );
    expect(signed()).to.deep.equal([9, 5, 2]);
    expect(signed(5)).to.deep.equal([9, 5]);
    expect(signed(3, 1)).to.deep.equal([9]);
    expect(store.vouchers.last(WHERE)).to.deep.equal(checkpoint(9));
  });

  it("keeps what it signed when it is opened again and when it goes back", () => {
    store.advance(
      ORIGIN,
      mark(3),
      [0, 1, 2].map((n) => message(n)),
      [],
    );
    store.vouchers.save(WHERE, [checkpoint(2)]);
    store.rewind(ORIGIN, undefined);
    store.close();
    store = new ValidatorStore(path);
    expect(store.ids(ORIGIN)).to.deep.equal([]);
    expect(store.cursor(ORIGIN)).to.equal(undefined);
    expect(signed()).to.deep.equal([2]);
  });

  it("tells the last message of every block", () => {
    store.advance(
      ORIGIN,
      mark(4),
      [0, 1].map((n) => message(n, { block: 3 })),
      [],
    );
    store.advance(
      ORIGIN,
      mark(9),
      [message(2, { block: 5 }), ...[3, 4].map((n) => message(n, { block: 8 }))],
      [],
    );
    expect(store.leaves.boundaries(ORIGIN, -1, 9)).to.deep.equal([1, 2, 4]);
    expect(store.leaves.boundaries(ORIGIN, 1, 9)).to.deep.equal([2, 4]);
    expect(store.leaves.boundaries(ORIGIN, -1, 2)).to.deep.equal([2, 4]);
    // Inside a block that has more messages than when it was signed.
    expect(store.leaves.boundaries(ORIGIN, 3, 9)).to.deep.equal([4]);
    expect(store.leaves.boundaries(ORIGIN, 4, 9)).to.deep.equal([]);
    store.rewind(ORIGIN, mark(4));
    expect(store.leaves.boundaries(ORIGIN, -1, 9)).to.deep.equal([1]);
  });

  it("tells blocks with messages and blocks with announcements, each once", () => {
    const [blocks, announced] = [
      [2, 5],
      [3, 5, 9],
    ] as const;
    store.advance(
      ORIGIN,
      mark(6),
      blocks.map((block, nonce) => message(nonce, { block })),
      [],
      announced.slice(0, 2).map((block) => announcement(0, block)),
    );
    store.advance(ORIGIN, mark(9), [], [], [announcement(0, 9), announcement(1, 9)]);
    const numbers = (after: number, limit = 9) =>
      store.leaves.blocksAfter(ORIGIN, after, limit).map(({ number }) => number);
    expect(store.leaves.blocksAfter(ORIGIN, -1, 9)).to.deep.equal([2, 3, 5, 9].map((number) => mark(number)));
    expect(numbers(3)).to.deep.equal([5, 9]);
    expect(numbers(-1, 2)).to.deep.equal([2, 3]);
    store.rewind(ORIGIN, mark(4));
    expect(numbers(-1)).to.deep.equal([2, 3]);
  });

  const WRITES: [method: string, write: () => void, statements: number][] = [
    [
      "advance",
      () => store.advance(ORIGIN, mark(2003), [message(3, { block: 2003 })], [], [announcement(1, 2003)]),
      4,
    ],
    ["rewind", () => store.rewind(ORIGIN, mark(1)), 2],
    ["vouchers.save", () => store.vouchers.save(WHERE, [checkpoint(0), checkpoint(2)]), 1],
  ];
  for (const [method, write, statements] of WRITES) {
    it(`writes all or nothing: ${method}`, () => {
      store.advance(
        ORIGIN,
        mark(1),
        [0, 1].map((n) => message(n)),
        [],
      );
      store.advance(ORIGIN, mark(2), [message(2)], []);
      const other = new Database(path);
      const tables = ["block", "leaf", "announcing_block", "voucher"];
      const dump = () => tables.map((table) => other.prepare(`SELECT * FROM ${table}`).all());
      const before = dump();
      let stopped = 0;
      for (const table of tables) {
        for (const change of ["INSERT", "DELETE"]) {
          other.exec(
            `CREATE TRIGGER planted AFTER ${change} ON ${table} BEGIN SELECT RAISE(ABORT, 'planted'); END`,
          );
          try {
            write();
          } catch (error) {
            expect(String(error)).to.contain("planted");
            expect(dump()).to.deep.equal(before);
            stopped++;
            continue;
          } finally {
            other.exec("DROP TRIGGER planted");
          }
          for (const name of tables) other.exec(`DELETE FROM ${name}`);
          store.advance(
            ORIGIN,
            mark(1),
            [0, 1].map((n) => message(n)),
            [],
          );
          store.advance(ORIGIN, mark(2), [message(2)], []);
        }
      }
      expect(stopped).to.equal(statements);
      other.close();
    });
  }
});
