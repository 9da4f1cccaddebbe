import { expect } from "chai";

import { Aggregator } from "../../../aggregators/Aggregator.ts";
import type { AggregatorEvent } from "../../../aggregators/AggregatorEvent.ts";
import type { AggregatorModules } from "../../../aggregators/AggregatorModules.ts";
import type { ReceiptedTask } from "../../../aggregators/ReceiptIssuer.ts";
import { RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { encodeTaskSpec, parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { smallSpec } from "../tasks/smallSpec.ts";

const ADDRESS = `0x${"11".repeat(20)}`;
const TOKEN = `0x${"22".repeat(20)}`;
const SPEC = encodeTaskSpec(parseTaskSpec(smallSpec()));

describe("Aggregator", () => {
  let storage: MemoryStore;
  let told: AggregatorEvent[];
  let pauses: number[];
  let receipts: ("open" | "close")[];
  let specDigest: string;
  /** What happens while it pauses for so many times. */
  let meanwhile: (pauses: number) => unknown;
  let looks: number;
  let failingLooks: number;
  let maxWorkers: number;
  let mechanism: string;
  let opened: ReceiptedTask[];

  beforeEach(async () => {
    storage = new MemoryStore();
    [told, pauses, receipts] = [[], [], []];
    specDigest = await new MemoryStore().put(SPEC);
    meanwhile = () => undefined;
    [looks, failingLooks, maxWorkers] = [0, 0, 4];
    [mechanism, opened] = [mechanismId("aoi-contract"), []];
  });

  /** Follows task 1, which ends once the aggregator gives receipts, or after 20 looks. */
  async function run(token = TOKEN): Promise<void> {
    const main = {
      taskOf: async () => {
        if (looks++ < failingLooks) throw new RpcRefusal("eth_call", { code: -32_000, message: "no" });
        return { status: receipts.includes("open") || looks > 20 ? "Completed" : "Open", round: 0 };
      },
      termsOf: async () => ({
        aggregators: [ADDRESS],
        specDigest,
        schedule: {},
        rounds: 4,
        maxWorkers,
        mechanism,
        subchains: [1n, 2n],
      }),
      attemptOf: async () => ({}),
    };
    const modules = {
      main,
      storage,
      tokens: [TOKEN],
      account: { address: ADDRESS },
      mainFollower: { first: async () => ({ args: { token } }), past: () => [], heard: () => 0 },
      receipts: {
        open: (_: bigint, receipted: ReceiptedTask) => {
          opened.push(receipted);
          receipts.push("open");
        },
        close: () => receipts.push("close"),
      },
      heldOutData: () => new Promise(() => undefined),
      listener: (event: AggregatorEvent) => told.push(event),
      clock: {
        now: () => 0,
        sleep: async (milliseconds: number) => {
          pauses.push(milliseconds);
          await meanwhile(pauses.length);
        },
      },
    };
    const aggregator = new Aggregator("aggregator 1", modules as unknown as AggregatorModules);
    await aggregator.run(1n, new AbortController().signal);
  }

  it("works for a task whose specification comes to storage later", async () => {
    meanwhile = (times) => times === 3 && storage.put(SPEC);
    await run();
    expect(receipts).to.deep.equal(["open", "close"]);
    expect(pauses).to.deep.equal([500, 1000, 2000]);
    expect(told.map(({ type }) => type)).to.deep.equal(["trouble", "trouble", "trouble"]);
    expect(told[0]).to.include({ task: 1n, doing: "following the task" });
  });

  it("holds workers' first batches where the mechanism looks at them, of as many bytes as all can have", async () => {
    await storage.put(SPEC);
    await run();
    expect(opened.map(({ batches }) => batches)).to.deep.equal([undefined]);
    [looks, receipts, opened] = [0, [], []];
    mechanism = mechanismId("model-trading");
    await run();
    expect(opened[0]!.batches!.mostBytes).to.equal(2 ** 24);
  });

  it("goes on after a look at the task that failed", async () => {
    await storage.put(SPEC);
    failingLooks = 1;
    await run();
    expect(receipts).to.deep.equal(["open", "close"]);
    expect(told.map(({ type }) => type)).to.deep.equal(["trouble"]);
  });

  it("gives up once the task has ended", async () => {
    await run();
    expect(looks).to.equal(21);
    expect(receipts).to.not.include("open");
  });

  it("abstains from rounds that it may not have in memory", async () => {
    await storage.put(SPEC);
    maxWorkers = 32_768;
    await run();
    expect(receipts).to.not.include("open");
    expect(told[0])
      .to.have.property("reason")
      .that.matches(/^the updates of 65536 workers can take/);
  });

  it("abstains from more updates than it keeps events of, before it fetches anything", async () => {
    maxWorkers = 32_769;
    await run();
    expect(receipts).to.not.include("open");
    expect(told[0])
      .to.have.property("reason")
      .that.matches(/^its 4 rounds of 65538 workers can have 262152 updates/);
    expect(pauses).to.deep.equal([]);
  });

  it("abstains from what is wrong for good, and says so", async () => {
    specDigest = await storage.put(Uint8Array.of(1));
    await run();
    await run(`0x${"33".repeat(20)}`);
    expect(told.map(({ type }) => type)).to.deep.equal(["abstained", "abstained"]);
    expect(told[0])
      .to.have.property("reason")
      .that.matches(/its specification is none/);
    expect(looks).to.equal(2);
    expect(await storage.has(specDigest as Digest)).to.equal(true);
  });
});
