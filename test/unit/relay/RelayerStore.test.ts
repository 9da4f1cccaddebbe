import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Database from "better-sqlite3";
import { expect } from "chai";
import type { TransactionVariant } from "../../../chains/transactions/TransactionStore.ts";
import type { ProvenFact } from "../../../relay/proofs/Fact.ts";
import type { LaneName } from "../../../relay/store/lanes.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { announcement, blockHash, DESTINATION, delivery, mark, message, ORIGIN } from "./samples.ts";

const OWN = { origin: ORIGIN, destination: DESTINATION, lane: "network" } as const;
const ACCOUNT = `0x${"ac".repeat(20)}`;

/** A submission's first form. */
function variant(name: string, maxFeePerGas = 10n): TransactionVariant {
  return { hash: `0x${name}`, raw: `0xraw${name}`, maxFeePerGas, maxPriorityFeePerGas: 1n, sentAt: 5 };
}

/** What validators vouched for. */
function fact(place: number): ProvenFact {
  return { place, hash: `0x0${place % 10}`, signatures: { a: "b" } };
}

function submit(store: RelayerStore, nonce: number, messages: readonly number[]): number {
  const about = {
    chain: DESTINATION,
    account: ACCOUNT,
    nonce,
    origin: ORIGIN,
    data: "0x",
    gas: 9n,
    createdAt: 5,
  };
  return store.submissions.create(about, messages, variant(`t${nonce}`));
}

describe("RelayerStore", () => {
  let directory: string;
  let path: string;
  let store: RelayerStore;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-store-"));
    path = join(directory, "relayer-0.sqlite");
    store = new RelayerStore(path);
    store.messages.knowApplications(undefined);
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const due = (options: { now?: number; limit?: number; lane?: LaneName } = {}) =>
    store.messages
      .waiting({ ...OWN, lane: options.lane ?? "network" }, { now: 0, limit: 100, ...options })
      .map(({ nonce }) => nonce);

  describe("writes all or nothing:", () => {
    const CHANGES = ["INSERT", "UPDATE", "DELETE"] as const;
    const mined = (outcome: "delivered" | "refused") => ({
      block: mark(7),
      transactionHash: "0xt0",
      outcomes: new Map([
        [1, outcome],
        [2, "delivered" as const],
      ]),
    });
    const WRITES: [method: string, write: () => unknown, statements: number][] = [
      [
        "advance",
        () => store.advance(ORIGIN, mark(2003), [message(6, { block: 2003 })], [delivery(0, 2003)]),
        5,
      ],
      ["advance with announcements", () => store.advance(ORIGIN, mark(6), [], [], [announcement(0, 6)]), 2],
      [
        "hide",
        () => store.announcements.hide(store.messages.message(ORIGIN, 1)!, mark(1), "It is too large."),
        2,
      ],
      ["advance of the destination", () => store.advance(DESTINATION, mark(6), [], [delivery(0, 6)]), 4],
      ["rewind", () => store.rewind(ORIGIN, mark(4)), 4],
      ["rewind of the destination", () => store.rewind(DESTINATION, mark(4)), 4],
      ["noteDelivered", () => store.deliveries.note(DESTINATION, delivery(3, 6)), 3],
      ["confirm", () => store.deliveries.confirm(DESTINATION, mark(5)), 1],
      ["confirm of another block", () => store.deliveries.confirm(DESTINATION, mark(5, "fork")), 3],
      [
        "fail",
        () =>
          store.messages.fail(
            [1, 2].map((nonce) => ({ origin: ORIGIN, nonce, reason: "no", isPermanent: true, nextAt: 9 })),
          ),
        2,
      ],
      ["retry", () => store.messages.retry(), 1],
      [
        "facts.keep",
        () => store.facts.keep("checkpoint", ORIGIN, fact(200_000), { block: 9, forgetBefore: 100_000 }),
        2,
      ],
      ["facts.keep, again", () => store.facts.keep("checkpoint", ORIGIN, fact(5), { block: 9 }), 1],
      ["facts.keep of another history", () => store.facts.keep("checkpoint", ORIGIN, fact(9)), 1],
      ["createSubmission", () => submit(store, 9, [1, 2]), 3],
      ["addVariant", () => store.submissions.addVariant(1, variant("more", 20n)), 1],
      ["touchVariant", () => store.submissions.touchVariant(1, "0xt0", 77), 1],
      ["setMined", () => store.submissions.setMined(1, mined("delivered")), 5],
      ["setMined, taken back", () => store.submissions.setMined(2, undefined), 2],
      ["closeSubmission", () => store.submissions.close(1, "final"), 2],
    ];

    for (const [method, write, statements] of WRITES) {
      it(method, () => {
        store.advance(
          ORIGIN,
          mark(3),
          [0, 1, 2, 3].map((nonce) => message(nonce)),
          [],
        );
        store.advance(
          ORIGIN,
          mark(5),
          [4, 5].map((nonce) => message(nonce)),
          [],
        );
        store.advance(DESTINATION, mark(4), [], [delivery(4, 4)]);
        store.advance(DESTINATION, mark(5), [], [delivery(5, 5)]);
        store.facts.keep("checkpoint", ORIGIN, fact(5), { block: 5 });
        store.messages.fail([{ origin: ORIGIN, nonce: 0, reason: "no", isPermanent: false, nextAt: 50 }]);
        submit(store, 0, [1, 2]);
        store.submissions.setMined(submit(store, 1, [3]), {
          ...mined("refused"),
          outcomes: new Map([[3, "refused"]]),
        });

        const other = new Database(path);
        const tables = other
          .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
          .pluck()
          .all() as string[];
        const dump = () => tables.map((table) => other.prepare(`SELECT * FROM ${table}`).all());
        const before = dump();
        let stopped = 0;
        // A statement that fails after its work was done, each in turn.
        for (const table of tables) {
          for (const change of CHANGES) {
            other.exec(
              `CREATE TRIGGER planted AFTER ${change} ON ${table} BEGIN SELECT RAISE(ABORT, 'planted'); END`,
            );
            try {
              write();
              other.exec("DROP TRIGGER planted");
            } catch (error) {
              other.exec("DROP TRIGGER planted");
              expect(String(error)).to.contain("planted");
              expect(dump()).to.deep.equal(before);
              stopped++;
              continue;
            }
            // Nothing of that kind is in this method: what it did is undone for the next.
            store.close();
            restore(other, tables, before);
            store = new RelayerStore(path);
          }
        }
        expect(stopped).to.equal(statements);
        write();
        expect(dump()).to.not.deep.equal(before);
        other.close();
      });
    }
  });

  it("moves no cursor over a message that it cannot keep", () => {
    store.advance(ORIGIN, mark(1), [message(0), message(1)], []);
    expect(() => store.advance(ORIGIN, mark(2), [message(2), message(1)], [])).to.throw();
    expect(store.cursor(ORIGIN)).to.deep.equal(mark(1));
    expect(store.ids(ORIGIN)).to.deep.equal([message(0).id, message(1).id]);
  });

  it("remembers everything when it is opened again", () => {
    store.advance(ORIGIN, mark(1), [message(0), message(1)], []);
    store.messages.fail([{ origin: ORIGIN, nonce: 1, reason: "because", isPermanent: true, nextAt: 50 }]);
    store.facts.keep("checkpoint", ORIGIN, fact(1), { block: 1 });
    const number = submit(store, 3, [0]);
    store.submissions.addVariant(number, variant("higher", 12_500_000_000n));
    const before = [
      store.messages.list({ openOnly: false, limit: 9 }),
      store.submissions.open(DESTINATION, ACCOUNT),
    ];
    store.close();
    store = new RelayerStore(path);
    expect([
      store.messages.list({ openOnly: false, limit: 9 }),
      store.submissions.open(DESTINATION, ACCOUNT),
    ]).to.deep.equal(before);
    expect(store.facts.newest("checkpoint", ORIGIN, 9)).to.deep.equal([fact(1)]);
    expect(store.cursor(ORIGIN)).to.deep.equal(mark(1));
    expect(store.messages.message(ORIGIN, 1)).to.include({
      attempts: 1,
      reason: "because",
      isPermanent: true,
      nextAt: 50,
    });
  });

  it("lists the forms of a submission by what they bid, as numbers", () => {
    const number = submit(store, 0, [0]);
    for (const [name, fee] of [
      ["c", 100n],
      ["b", 99n],
      ["d", 10n ** 20n],
    ] as const) {
      store.submissions.addVariant(number, variant(name, fee));
    }
    const { variants } = store.submissions.open(DESTINATION, ACCOUNT)[0]!;
    expect(variants.map(({ maxFeePerGas }) => maxFeePerGas)).to.deep.equal([10n, 99n, 100n, 10n ** 20n]);
    expect(store.submissions.isOwn("0xd")).to.equal(true);
    expect(store.submissions.isOwn("0xe")).to.equal(false);
  });

  it("gives what is due in order: first what was never tried, by number, then what failed, by its time", () => {
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1, 2, 3, 4].map((n) => message(n)),
      [],
    );
    expect(due()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(due({ limit: 2 })).to.deep.equal([0, 1]);
    for (const [nonce, nextAt] of [
      [1, 100],
      [0, 101],
    ] as const)
      store.messages.fail([{ origin: ORIGIN, nonce, reason: "no", isPermanent: false, nextAt }]);
    expect(due({ now: 99 })).to.deep.equal([2, 3, 4]);
    expect(due({ now: 100 })).to.deep.equal([2, 3, 4, 1]);
    expect(due({ now: 101 })).to.deep.equal([2, 3, 4, 1, 0]);
    expect(due({ now: 101, limit: 1 })).to.deep.equal([2, 1]);
    expect(store.messages.retry(ORIGIN, 1)).to.equal(1);
    expect(due()).to.deep.equal([1, 2, 3, 4]);
    expect(store.messages.retry(ORIGIN + 1n)).to.equal(0);
  });

  it("keeps the network's messages, strangers' to it and those to others apart, also when the network changes", () => {
    const [recipient, sender] = [message(0).recipient, message(0).sender];
    const lanes = () => (["network", "refused", "others"] as const).map((lane) => due({ lane }));
    store.messages.knowApplications([recipient.toUpperCase().replace("0X", "0x"), sender]);
    const strangers = message(1, { from: `0x${"57".repeat(20)}` });
    const others = message(2, { to: `0x${"0d".repeat(20)}` });
    store.advance(ORIGIN, mark(9), [message(0), strangers, others, message(3)], []);
    expect(lanes()).to.deep.equal([[0, 3], [1], [2]]);
    store.messages.fail([{ origin: ORIGIN, nonce: 1, reason: "no", isPermanent: true, nextAt: 1 }]);
    const counts = () =>
      store.routes.counts().map(({ lane, sent, open, failing }) => [lane, sent, open, failing]);
    expect(counts()).to.deep.equal([
      ["network", 2, 2, 0],
      ["refused", 1, 1, 1],
      ["others", 1, 1, 0],
    ]);
    store.messages.knowApplications([others.recipient, sender]);
    expect(due({ lane: "network" })).to.deep.equal([2]);
    expect(counts()).to.deep.equal([
      ["network", 1, 1, 0],
      ["others", 3, 3, 1],
    ]);
    store.close();
    store = new RelayerStore(path);
    store.messages.knowApplications([sender, others.recipient]);
    expect(due({ lane: "network" })).to.deep.equal([2]);
    store.messages.knowApplications(undefined);
    expect(due({ now: 1 })).to.deep.equal([0, 2, 3, 1]);
  });

  it("gives nothing that is under way, and all of it again that a transaction did not deliver", () => {
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1, 2, 3].map((n) => message(n)),
      [],
    );
    const number = submit(store, 0, [0, 1, 2]);
    expect(due()).to.deep.equal([3]);
    const outcomes = new Map([
      [0, "delivered" as const],
      [1, "refused" as const],
      [2, "passed-over" as const],
    ]);
    store.submissions.setMined(number, { block: mark(7), transactionHash: "0xt0", outcomes });
    expect(due()).to.deep.equal([1, 2, 3]);
    expect(store.deliveries.delivery(ORIGIN, 0)).to.deep.include({
      blockNumber: 7,
      blockHash: blockHash(7),
      isFinal: false,
    });
    store.submissions.setMined(number, undefined);
    expect(due()).to.deep.equal([3]);
    store.submissions.close(number, "replaced");
    store.rewind(DESTINATION, undefined);
    expect(due()).to.deep.equal([0, 1, 2, 3]);
  });

  describe("of messages that cannot be proven by their receipts", () => {
    const one = () => store.messages.message(ORIGIN, 1)!;
    const numbers = () => store.announcements.placesOf(one()).map(({ number }) => number);

    beforeEach(() => {
      store.advance(
        ORIGIN,
        mark(3),
        [0, 1, 2].map((n) => message(n)),
        [],
      );
    });

    it("waits with them for an announcement, whatever is retried", () => {
      expect(numbers()).to.deep.equal([1]);
      store.announcements.hide(one(), mark(1), "It is too large.");
      expect(one()).to.include({ isHidden: true, attempts: 1, reason: "It is too large." });
      expect(numbers()).to.deep.equal([]);
      expect(due({ now: 1e15 })).to.deep.equal([0, 2]);
      expect(store.messages.retry()).to.equal(2);
      expect(due({ now: 1e15 })).to.deep.equal([0, 2]);
      store.advance(ORIGIN, mark(5), [], [], [announcement(1, 5)]);
      expect(due()).to.deep.equal([0, 1, 2]);
      expect(store.announcements.placesOf(one())).to.deep.equal([mark(5)]);
    });

    it("waits again when the announcement is hidden, too, or its block is gone", () => {
      store.announcements.hide(one(), mark(1), "It is too large.");
      store.advance(ORIGIN, mark(6), [], [], [announcement(1, 5), announcement(1, 6)]);
      store.announcements.hide(one(), mark(5), "It is too large.");
      expect([numbers(), due()]).to.deep.equal([[6], [0, 1, 2]]);
      store.rewind(ORIGIN, mark(5));
      expect([numbers(), due()]).to.deep.equal([[], [0, 2]]);
      // Sent anew, in another block, it is as any other.
      store.rewind(ORIGIN, mark(0));
      store.advance(ORIGIN, mark(4), [message(1, { block: 4 })], []);
      expect(one().isHidden).to.equal(false);
      // What is found of a block that it is no longer in says nothing of it.
      store.announcements.hide(one(), mark(1), "It is too large.");
      expect([one().isHidden, numbers()]).to.deep.equal([false, [4]]);
    });

    it("keeps of others' announcements the newest 64, own ones first, and none of what was delivered", () => {
      const own = announcement(1, 4);
      const about = {
        chain: ORIGIN,
        account: ACCOUNT,
        nonce: 0,
        origin: ORIGIN,
        data: "0x",
        gas: 1n,
        createdAt: 0,
      };
      store.submissions.create(about, [1], { ...variant("own"), hash: own.transactionHash });
      store.announcements.hide(one(), mark(1), "It is too large.");
      for (let block = 4; block < 200; block++)
        store.advance(ORIGIN, mark(block), [], [], [announcement(1, block), announcement(1, block)]);
      expect(numbers()).to.deep.equal([4, ...Array.from({ length: 64 }, (_, i) => 136 + i)]);
      store.deliveries.note(DESTINATION, delivery(0, 3));
      store.advance(ORIGIN, mark(200), [], [], [announcement(0, 200)]);
      store.announcements.hide(store.messages.message(ORIGIN, 0)!, mark(0), "It is too large.");
      expect(store.announcements.placesOf(store.messages.message(ORIGIN, 0)!)).to.deep.equal([]);
    });

    it("takes attested blocks with announcements for such of the history read", () => {
      const header = (place: number) => ({ place, hash: blockHash(place), signatures: { a: "b" } });
      store.facts.keep("header", ORIGIN, header(5));
      store.advance(ORIGIN, mark(6), [], [], [announcement(1, 5), announcement(1, 6)]);
      store.facts.keep("header", ORIGIN, header(6));
      expect(store.facts.strays("header", ORIGIN, 9)).to.deep.equal([]);
      store.rewind(ORIGIN, mark(5));
      expect(store.facts.strays("header", ORIGIN, 9).map(({ place }) => place)).to.deep.equal([6]);
    });
  });

  it("knows a delivery that it hears of before its message", () => {
    store.advance(DESTINATION, mark(3), [], [delivery(1, 3)]);
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1].map((n) => message(n)),
      [],
    );
    expect(due()).to.deep.equal([0]);
    expect(store.routes.counts()).to.deep.equal([{ ...OWN, sent: 2, open: 1, failing: 0 }]);
    store.rewind(DESTINATION, mark(2));
    expect(due()).to.deep.equal([0, 1]);
    expect(store.routes.counts()).to.deep.equal([{ ...OWN, sent: 2, open: 2, failing: 0 }]);
  });

  it("takes a delivery for good only under the hash of the final block", () => {
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1].map((n) => message(n)),
      [],
    );
    store.advance(DESTINATION, mark(3), [], [delivery(0, 3), delivery(1, 3, "gone")]);
    expect(store.deliveries.unconfirmed(DESTINATION, 2, 9)).to.deep.equal([]);
    expect(store.deliveries.unconfirmed(DESTINATION, 3, 9)).to.deep.equal([3]);
    store.deliveries.confirm(DESTINATION, mark(3));
    expect(store.deliveries.delivery(ORIGIN, 0)!.isFinal).to.equal(true);
    expect(store.deliveries.delivery(ORIGIN, 1)).to.equal(undefined);
    expect(store.deliveries.unconfirmed(DESTINATION, 3, 9)).to.deep.equal([]);
    expect(due()).to.deep.equal([1]);
  });

  it("counts by route", () => {
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1, 2].map((n) => message(n)),
      [],
    );
    store.advance(DESTINATION, mark(3), [], [delivery(0, 3)]);
    store.messages.fail([{ origin: ORIGIN, nonce: 1, reason: "no", isPermanent: false, nextAt: 1 }]);
    expect(store.routes.counts()).to.deep.equal([{ ...OWN, sent: 3, open: 2, failing: 1 }]);
  });

  it("takes no fact for one of this history that reaches into blocks that were reorganized away", () => {
    store.advance(
      ORIGIN,
      mark(1),
      [0, 1].map((n) => message(n)),
      [],
    );
    store.advance(ORIGIN, mark(2), [message(2)], []);
    for (const place of [0, 1, 2]) store.facts.keep("checkpoint", ORIGIN, fact(place), { block: place });
    const newest = () => store.facts.newest("checkpoint", ORIGIN, 9).map(({ place }) => place);
    expect(newest()).to.deep.equal([2, 1, 0]);
    store.rewind(DESTINATION, undefined);
    expect(newest()).to.deep.equal([2, 1, 0]);
    store.rewind(ORIGIN, mark(1));
    expect(newest()).to.deep.equal([1, 0]);
    // It was vouched for all the same: another of its place would contradict it.
    expect(store.facts.fact("checkpoint", ORIGIN, 2, fact(2).hash)).to.deep.equal(fact(2));
    store.facts.keep("checkpoint", ORIGIN, { ...fact(2), hash: "0xf2" }, { block: 2 });
    expect(store.facts.contradictions("checkpoint", ORIGIN)).to.deep.equal([
      [fact(2), { ...fact(2), hash: "0xf2" }],
    ]);
    expect(newest()).to.deep.equal([2, 1, 0]);
  });

  it("forgets old facts, but none that contradict each other, and none of another kind", () => {
    for (const place of [1, 2, 3]) store.facts.keep("checkpoint", ORIGIN, fact(place), { block: place });
    store.facts.keep("checkpoint", ORIGIN, { ...fact(2), hash: "0xf2" });
    store.facts.keep("header", ORIGIN, fact(1));
    store.facts.keep("checkpoint", DESTINATION, fact(1), { block: 1 });
    store.facts.keep("checkpoint", ORIGIN, fact(4), { block: 4, forgetBefore: 3 });
    const places = (...of: Parameters<typeof store.facts.after>) =>
      store.facts.after(...of).map(({ place }) => place);
    expect(places("checkpoint", ORIGIN, -1, 9)).to.deep.equal([2, 2, 3, 4]);
    expect(places("header", ORIGIN, -1, 9)).to.deep.equal([1]);
    expect(places("checkpoint", DESTINATION, -1, 9)).to.deep.equal([1]);
  });

  it("keeps marks of the near past all, and of the far past some", () => {
    for (let number = 1; number <= 1500; number++) store.advance(ORIGIN, mark(number), [], []);
    const numbers = store.marks(ORIGIN).map(({ number }) => number);
    expect(numbers.slice(0, 1001)).to.deep.equal(Array.from({ length: 1001 }, (_, i) => 1500 - i));
    expect(numbers.slice(1001)).to.deep.equal([400, 300, 200, 100]);
  });

  it("is shared with another process that looks and makes messages due at once", () => {
    store.advance(
      ORIGIN,
      mark(9),
      [0, 1].map((n) => message(n)),
      [],
    );
    store.messages.fail([{ origin: ORIGIN, nonce: 0, reason: "no", isPermanent: true, nextAt: 1000 }]);
    expect(due()).to.deep.equal([1]);
    const other = new RelayerStore(path);
    expect(other.messages.list({ openOnly: true, limit: 9 })).to.have.length(2);
    expect(other.messages.retry(ORIGIN, 0)).to.equal(1);
    expect(due()).to.deep.equal([0, 1]);
    store.advance(ORIGIN, mark(10), [message(2)], []);
    expect(other.messages.message(ORIGIN, 2)!.id).to.equal(message(2).id);
    other.close();
  });
});

/** Makes all tables what they were. */
function restore(
  database: Database.Database,
  tables: readonly string[],
  contents: readonly unknown[][],
): void {
  for (const [i, table] of tables.entries()) {
    database.exec(`DELETE FROM ${table}`);
    for (const row of contents[i] as Record<string, unknown>[]) {
      const columns = Object.keys(row);
      database
        .prepare(
          `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
        )
        .run(row);
    }
  }
}
