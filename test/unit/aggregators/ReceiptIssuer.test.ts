import { expect } from "chai";

import { ReceiptIssuer } from "../../../aggregators/ReceiptIssuer.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { type RevealedUpdate, updateCommitment, updateLeaf } from "../../../protocol/leaves.ts";
import { isReceipt } from "../../../protocol/receipts.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { AGGREGATOR_KEYS, RECEIPT_RULE } from "../tasks/receipting.ts";
import { rejected } from "../thrown.ts";

const SUBCHAIN = `0x${"ab".repeat(20)}`;
const SALT = `0x${"55".repeat(32)}`;

describe("ReceiptIssuer", () => {
  let storage: MemoryStore;
  let held: MemoryStore;
  let fetched: string[];
  let update: RevealedUpdate;
  let commitment: string;
  let closed: boolean;
  let asked: string[];
  let now: number;
  let onMain: { status: string; refunded: boolean };
  let issuer: ReceiptIssuer;

  beforeEach(async () => {
    storage = new MemoryStore();
    held = new MemoryStore();
    fetched = [];
    update = {
      chainId: 4n,
      task: 1n,
      round: 0,
      index: 0,
      worker: `0x${"22".repeat(20)}`,
      update: await storage.put(Uint8Array.of(1, 2, 3)),
      samples: 10,
      engine: `0x${"44".repeat(32)}`,
    };
    commitment = updateCommitment(SUBCHAIN, update, SALT);
    closed = false;
    asked = [];
    now = 1_000_000;
    onMain = { status: "Expired", refunded: false };
    const main = {
      receiptDomain: RECEIPT_RULE.domain,
      taskOf: async () => onMain,
    };
    const subchain = {
      client: { chainId: 4n },
      place: { contracts: { applications: { tasks: SUBCHAIN } } },
      commitmentOf: async (_task: bigint, _round: number, worker: string) => {
        asked.push("commitment");
        return worker === update.worker ? commitment : `0x${"00".repeat(32)}`;
      },
      roundOf: async () => {
        asked.push("round");
        return { closed };
      },
    };
    issuer = new ReceiptIssuer({
      signer: AGGREGATOR_KEYS[1]!,
      main: main as unknown as MainChain,
      subchains: [subchain as unknown as Subchain],
      storage: {
        put: (bytes) => storage.put(bytes),
        has: (digest) => storage.has(digest),
        get: (digest: Digest, mostBytes) => {
          fetched.push(digest);
          return storage.get(digest, mostBytes);
        },
      },
      held: { of: () => held },
      clock: { ...systemClock, now: () => now },
    });
    issuer.open(1n, { place: 1, mostBytes: 100 });
  });

  it("signs for what a worker committed to, once it holds it", async () => {
    const receipt = await issuer.issue({ update, salt: SALT });
    expect(receipt.place).to.equal(1);
    expect(isReceipt(receipt, updateLeaf(update), RECEIPT_RULE)).to.equal(true);
    expect(await held.get(update.update as Digest)).to.deep.equal(Uint8Array.of(1, 2, 3));
  });

  it("fetches an update once, however many ask for it", async () => {
    await Promise.all(Array.from({ length: 20 }, () => issuer.issue({ update, salt: SALT })));
    await issuer.issue({ update, salt: SALT });
    expect(fetched).to.deep.equal([update.update]);
  });

  it("gives none for what it does not have, and gives one when it has", async () => {
    storage.files.clear();
    expect((await rejected(issuer.issue({ update, salt: SALT }))).code).to.equal("STORAGE_NOT_FOUND");
    await storage.put(Uint8Array.of(1, 2, 3));
    expect((await issuer.issue({ update, salt: SALT })).place).to.equal(1);
  });

  describe("where the mechanism looks at workers' first batches", () => {
    let batch: string | undefined;
    let of: string[];
    const open = () =>
      issuer.open(1n, {
        ...{ place: 1, mostBytes: 100 },
        batches: {
          mostBytes: 4,
          of: async (chainId, worker) => {
            of.push(`${chainId}/${worker}`);
            return batch;
          },
        },
      });
    beforeEach(async () => {
      of = [];
      batch = await storage.put(Uint8Array.of(7, 7, 7, 7));
      open();
    });

    it("signs once it holds that too", async () => {
      expect((await issuer.issue({ update, salt: SALT })).place).to.equal(1);
      expect(of).to.deep.equal([`4/${update.worker}`]);
      expect(await held.get(batch as Digest)).to.deep.equal(Uint8Array.of(7, 7, 7, 7));
      // Held from the first round on, it is fetched no more.
      await issuer.issue({ update, salt: SALT });
      expect(fetched).to.deep.equal([update.update, batch]);
    });

    it("gives none while nobody gives it the batch, nor ever for one that is too large", async () => {
      storage.files.delete(batch!);
      expect((await rejected(issuer.issue({ update, salt: SALT }))).code).to.equal("STORAGE_NOT_FOUND");
      batch = await storage.put(Uint8Array.of(1, 2, 3, 4, 5));
      expect((await rejected(issuer.issue({ update, salt: SALT }))).code).to.equal("STORAGE_TOO_LARGE");
      batch = await storage.put(Uint8Array.of(9));
      expect((await issuer.issue({ update, salt: SALT })).place).to.equal(1);
    });

    it("signs for who has none, and when its task has expired, whose last round nobody scores", async () => {
      batch = undefined;
      expect((await issuer.issue({ update, salt: SALT })).place).to.equal(1);
      batch = `0x${"99".repeat(32)}`;
      issuer.close(1n);
      expect((await issuer.issue({ update, salt: SALT })).place).to.equal(1);
    });

    it("looks at no batch of one who committed to nothing", async () => {
      const stranger = { ...update, worker: `0x${"33".repeat(20)}` };
      expect((await rejected(issuer.issue({ update: stranger, salt: SALT }))).code).to.equal(
        "RECEIPT_REFUSED",
      );
      expect(of).to.deep.equal([]);
    });
  });

  const other = `0x${"77".repeat(32)}`;
  const refused: [what: string, change: () => Partial<RevealedUpdate>, salt?: string][] = [
    ["another update than was committed to", () => ({ update: other })],
    ["another count of samples", () => ({ samples: 11 })],
    ["another salt", () => ({}), other],
    ["one who committed to nothing", () => ({ worker: `0x${"33".repeat(20)}` })],
    ["another chain", () => ({ chainId: 5n })],
    ["a task that it does not work for", () => ({ task: 2n })],
  ];
  for (const [what, change, salt = SALT] of refused) {
    it(`refuses ${what}, and fetches nothing`, async () => {
      const error = await rejected(issuer.issue({ update: { ...update, ...change() }, salt }));
      expect(error).to.be.instanceOf(BaseError).with.property("code", "RECEIPT_REFUSED");
      expect(fetched).to.deep.equal([]);
    });
  }

  it("asks a chain once a second about who committed to nothing", async () => {
    const stranger = { ...update, worker: `0x${"33".repeat(20)}` };
    const ask = () =>
      Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          rejected(issuer.issue({ update: { ...stranger, samples: i }, salt: SALT })),
        ),
      );
    await ask();
    await ask();
    expect(asked).to.deep.equal(["commitment"]);
    now += 1000;
    await ask();
    expect(asked).to.deep.equal(["commitment", "commitment"]);
  });

  it("believes a commitment a second after a look that found none", async () => {
    const committed = commitment;
    commitment = `0x${"00".repeat(32)}`;
    await rejected(issuer.issue({ update, salt: SALT }));
    commitment = committed;
    now += 1000;
    expect((await issuer.issue({ update, salt: SALT })).place).to.equal(1);
  });

  it("refuses what was revealed, and what no round waits for any more", async () => {
    commitment = `0x${"00".repeat(32)}`;
    expect((await rejected(issuer.issue({ update, salt: SALT }))).code).to.equal("RECEIPT_REFUSED");
    commitment = updateCommitment(SUBCHAIN, update, SALT);
    closed = true;
    now += 1000;
    expect((await rejected(issuer.issue({ update, salt: SALT }))).code).to.equal("RECEIPT_REFUSED");
    expect(fetched).to.deep.equal([]);
  });

  it("gives them on when a task expires, until its subchain closes the round", async () => {
    issuer.close(1n);
    expect((await issuer.issue({ update, salt: SALT })).place).to.equal(1);
    closed = true;
    now += 1000;
    expect((await rejected(issuer.issue({ update, salt: SALT }))).code).to.equal("RECEIPT_REFUSED");
  });

  it("gives none in a task that completed, was paid back, or ended long before others", async () => {
    issuer.close(1n);
    for (const over of [
      { status: "Completed", refunded: false },
      { status: "Expired", refunded: true },
    ]) {
      onMain = over;
      const error = await rejected(issuer.issue({ update, salt: SALT }));
      expect(error).to.include({ code: "RECEIPT_REFUSED" });
      expect(error.shortMessage).to.contain("credits nothing any more");
    }
    onMain = { status: "Expired", refunded: false };
    for (let task = 2n; task <= 1025n; task++) {
      issuer.open(task, { place: 1, mostBytes: 100 });
      issuer.close(task);
    }
    expect((await rejected(issuer.issue({ update, salt: SALT }))).shortMessage).to.contain("does not work");
    expect(fetched).to.deep.equal([]);
  });
});
