import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import Database from "better-sqlite3";
import { expect } from "chai";

import { openDatabase, type Schema } from "../../../relay/store/openDatabase.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { thrown } from "../thrown.ts";
import { FIRST_NOTES, NOTES } from "./notesSchema.ts";
import { DESTINATION, mark, message, ORIGIN } from "./samples.ts";

const PROCESS = fileURLToPath(new URL("steppingProcess.ts", import.meta.url));
const STORES = { relayer: RelayerStore, validator: ValidatorStore } as const;
/** The newest version of each. */
const NEWEST = { relayer: 4, validator: 5 } as const;
const GATEWAY = `0x${"ab".repeat(20)}`;

type Row = Record<string, unknown>;

describe("databases of earlier versions", () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-versions-"));
    path = join(directory, "some.sqlite");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** A file as an earlier version wrote it. */
  const earlier = (owner: keyof typeof STORES, of = 1): void =>
    copyFileSync(fileURLToPath(new URL(`databases/${owner}-${of}.sqlite`, import.meta.url)), path);

  function look<T>(work: (database: Database.Database) => T): T {
    const database = new Database(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
  const version = () => look((database) => database.pragma("user_version", { simple: true }));
  const rows = (table: string) =>
    look((database) => database.prepare(`SELECT * FROM ${table}`).all()) as Row[];
  /** All tables with their rows. */
  const dump = () =>
    Object.fromEntries(
      look((database) =>
        database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all(),
      ).map((table) => [table, rows(String(table))]),
    );
  /** How everything was made, whatever its layout. */
  const made = () =>
    look((database) =>
      (database.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").pluck().all() as string[])
        .map((sql) => sql.replace(/\s+/g, " "))
        .sort(),
    );

  /** Opens it in a process that is killed when a step has done its work. */
  const killIn = (owner: string, step: number): void => {
    const { signal, stderr } = spawnSync(process.execPath, [PROCESS, owner, path, String(step)], {
      encoding: "utf8",
    });
    expect(signal, stderr).to.equal("SIGKILL");
  };

  for (const owner of ["relayer", "validator"] as const) {
    it(`of a ${owner} become what a new one is`, () => {
      earlier(owner);
      new STORES[owner](path).close();
      const [steppedMade, steppedVersion] = [made(), version()];
      rmSync(path);
      new STORES[owner](path).close();
      expect([steppedMade, steppedVersion]).to.deep.equal([made(), version()]);
    });

    for (let step = 1; step < NEWEST[owner]; step++) {
      it(`of a ${owner} are whole, of the version before, when it is killed in step ${step}`, () => {
        earlier(owner, step);
        const before = dump();
        killIn(owner, step);
        expect(version()).to.equal(step);
        expect(dump()).to.deep.equal(before);
        new STORES[owner](path).close();
        expect(version()).to.equal(NEWEST[owner]);
      });
    }

    it(`of a ${owner} are not touched by an earlier Freshet once they were brought up`, () => {
      earlier(owner);
      look((database) => database.pragma("user_version = 99"));
      const before = readFileSync(path);
      const error = thrown(() => new STORES[owner](path));
      expect(error.code).to.equal("DATABASE_NEWER");
      expect(error.shortMessage).to.contain(path);
      expect(error.details).to.contain("version 99").and.to.contain(`up to ${NEWEST[owner]}`);
      expect(readFileSync(path).equals(before)).to.equal(true);
      expect(existsSync(`${path}-wal`)).to.equal(false);
    });
  }

  it("of a relayer keep all that they hold", () => {
    earlier("relayer");
    const { checkpoint, witness, attested_block: attested, ...others } = dump() as Record<string, Row[]>;
    expect([checkpoint, witness, attested].map((table) => table!.length)).to.deep.equal([3, 5, 4]);
    const store = new RelayerStore(path);
    const {
      fact,
      application,
      route,
      announcement,
      message: messages,
      ...kept
    } = dump() as Record<string, Row[]>;
    const { message: hadMessages, ...hadKept } = others;
    expect(kept).to.deep.equal(hadKept);
    // What was counted by looking at every message is counted now as they come and go, whatever their lane.
    expect([application, announcement]).to.deep.equal([[], []]);
    expect(messages).to.deep.equal(hadMessages!.map((row) => ({ ...row, lane: 2, is_hidden: 0 })));
    expect(route).to.deep.equal([{ origin: "71", destination: "72", lane: 2, sent: 7, open: 4, failing: 2 }]);
    store.messages.knowApplications(undefined);
    expect(store.routes.counts()).to.deep.equal([
      { origin: ORIGIN, destination: DESTINATION, lane: "network", sent: 7, open: 4, failing: 2 },
    ]);
    const of = (kind: string, { origin, place, hash, signatures }: Row) => ({
      kind,
      origin,
      place,
      hash,
      signatures,
    });
    const expected = [
      ...witness!.map(({ idx, root, ...row }) => of("checkpoint", { ...row, place: idx, hash: root })),
      ...attested!.map(({ number, ...row }) => of("header", { ...row, place: number })),
    ];
    expect(fact!.map((row) => of(String(row.kind), row))).to.have.deep.members(expected);
    // It goes on where it was: with its own checkpoints, what contradicts them, and what is under way.
    const places = (list: readonly { place: number }[]) => list.map(({ place }) => place);
    expect(places(store.facts.newest("checkpoint", ORIGIN, 9))).to.deep.equal([6, 3, 1]);
    expect(store.facts.contradictions("checkpoint", ORIGIN).map(([{ place }]) => place)).to.deep.equal([3]);
    expect(store.facts.contradictions("header", DESTINATION).map(([{ place }]) => place)).to.deep.equal([5]);
    expect(store.cursor(ORIGIN)).to.deep.equal(mark(6));
    expect(store.messages.message(ORIGIN, 3)).to.include({ isPermanent: true, attempts: 1, isOpen: true });
    const open = store.submissions.open(DESTINATION, `0x${"ac".repeat(20)}`);
    expect(open.map(({ nonce, variants }) => [nonce, variants.length])).to.deep.equal([
      [1, 2],
      [2, 1],
    ]);
    store.rewind(ORIGIN, mark(3));
    expect(places(store.facts.newest("checkpoint", ORIGIN, 9))).to.deep.equal([3, 1]);
    store.advance(ORIGIN, mark(8), [message(4, { block: 8 })], []);
    expect(store.ids(ORIGIN)).to.have.length(5);
    store.close();
  });

  it("of a validator keep every signature, and refuse a second one as before", () => {
    earlier("validator");
    const { signed, attested, ...others } = dump() as Record<string, Row[]>;
    expect([signed, attested].map((table) => table!.length)).to.deep.equal([4, 2]);
    const store = new ValidatorStore(path);
    const { voucher, announcing_block: announcing, fence, ...kept } = dump() as Record<string, Row[]>;
    expect(kept).to.deep.equal(others);
    expect([announcing, fence]).to.deep.equal([[], []]);
    expect(voucher).to.have.deep.members([
      ...signed!.map(({ idx: place, root: hash, ...row }) => ({ kind: "checkpoint", ...row, place, hash })),
      ...attested!.map(({ number: place, ...row }) => ({ kind: "header", ...row, place })),
    ]);
    const where = { kind: "checkpoint", chainId: ORIGIN, gateway: GATEWAY } as const;
    expect(store.vouchers.last(where)!.place).to.equal(5);
    const other = { place: 3, hash: `0x${"99".repeat(32)}`, signature: "0x" };
    expect(() => store.vouchers.save(where, [other])).to.throw(/UNIQUE/);
    expect(store.leaves.boundaries(ORIGIN, 3, 9)).to.deep.equal([4, 5, 6]);
    store.close();
  });

  describe("of several versions ago", () => {
    const texts = ["a", "bc", "def"];
    const open = (schema: Schema) => openDatabase(path, schema, { durable: false });

    beforeEach(() => {
      const database = open(FIRST_NOTES);
      for (const text of texts) database.prepare("INSERT INTO note (text) VALUES (?)").run(text);
      database.close();
    });

    const expectNewest = (): void => {
      open(NOTES).close();
      expect(version()).to.equal(4);
      expect(rows("entry")).to.deep.equal(
        texts.map((text, i) => ({ number: i + 1, text, length: text.length })),
      );
    };

    it("go through every version", expectNewest);

    for (const step of [1, 2, 3]) {
      it(`go on from where they were when they are killed in step ${step}`, () => {
        killIn("notes", step);
        expect(version()).to.equal(step);
        const table = step === 1 ? "note" : "remark";
        expect(rows(table).map(({ text }) => text)).to.deep.equal(texts);
        expectNewest();
      });
    }

    it("stay at the version that they reached when a step fails", () => {
      const failing: Schema = {
        ...NOTES,
        steps: NOTES.steps.map((step, i) => (database) => {
          step(database);
          if (i === 1) throw new RangeError("The disk is full.");
        }),
      };
      const error = thrown(() => open(failing));
      expect(error.code).to.equal("DATABASE_UNUSABLE");
      expect(error.details).to.contain("The disk is full.");
      expect(version()).to.equal(2);
      expectNewest();
    });

    it("are brought up once by several processes that open them together", async () => {
      const run = () =>
        new Promise((resolve) => spawn(process.execPath, [PROCESS, "notes", path, "0"]).on("close", resolve));
      expect(await Promise.all([run(), run(), run()])).to.deep.equal([0, 0, 0]);
      expectNewest();
    });
  });
});
