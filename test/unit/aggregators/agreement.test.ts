import { expect } from "chai";
import { Wallet, ZeroHash } from "ethers";

import { Aggregator } from "../../../aggregators/Aggregator.ts";
import type { AggregatorEvent } from "../../../aggregators/AggregatorEvent.ts";
import type { AggregatorModules } from "../../../aggregators/AggregatorModules.ts";
import type { Aggregate } from "../../../protocol/leaves.ts";
import { attestationCommitment } from "../../../protocol/leaves.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { initialModel } from "../../../tasks/initialModel.ts";
import { encodeTaskSpec, parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { smallSpec } from "../tasks/smallSpec.ts";

const SPEC = parseTaskSpec(smallSpec());
const TOKEN = `0x${"22".repeat(20)}`;
const CHAINS = [3n, 4n];
const root = (digit: string) => `0x${digit.repeat(64)}`;
const signer = new Wallet(`0x${"51".repeat(32)}`);

/** What the main chain is after a block. */
interface MainState {
  /** Unix seconds. */
  time: number;
  reports: ReadonlyMap<bigint, string>;
  attempt: { number: number; committed: number; attested: number; opensAt: number };
  commitment: string;
  globalModel: string;
  status: string;
}

/**
 * A task whose rounds have no updates, on a main chain with a block a second, final under so many more. The aggregator is
 * the last of three to commit.
 */
describe("An aggregator on a chain that is not final at once", () => {
  let now: number;
  let confirmations: number;
  let blocks: MainState[];
  let did: string[];
  let opened: { at: number; final: MainState; aggregate: Aggregate }[];
  let stop: AbortController;
  /** What happens when a second passes, instead of a block that changes nothing. */
  let next: (second: number) => Partial<MainState>;
  /** In which block what it sends is. */
  let pending: ((state: MainState) => Partial<MainState>)[];
  let storage: MemoryStore;
  let other: string;

  const head = () => blocks.at(-1)!;
  const at = (block?: string) => (block === undefined ? head() : blocks[Number(block)]!);
  const finalNumber = () => blocks.length - 1 - confirmations;
  const mine = (change: Partial<MainState>) => blocks.push({ ...head(), time: now / 1000, ...change });

  beforeEach(async () => {
    [now, confirmations, did, opened, pending] = [1_000_000, 3, [], [], []];
    next = () => ({});
    stop = new AbortController();
    storage = new MemoryStore();
    await storage.put(encodeTaskSpec(SPEC));
    const globalModel = await storage.put(initialModel(SPEC));
    other = await storage.put(initialModel(parseTaskSpec({ ...smallSpec(), seed: 77 })));
    const attempt = { number: 0, committed: 2, attested: 0, opensAt: 0 };
    const reports = new Map(CHAINS.map((chainId, i) => [chainId, root(String(i + 1))]));
    const first: MainState = {
      time: 999,
      reports,
      attempt,
      commitment: ZeroHash,
      globalModel,
      status: "Open",
    };
    blocks = Array.from({ length: confirmations + 1 }, () => first);
  });

  async function run(): Promise<void> {
    const main = {
      client: { chainId: 1n, name: "main", pollMilliseconds: 250 },
      place: {
        get finality() {
          return { confirmations };
        },
      },
      taskOf: async () => ({
        status: head().status,
        round: 0,
        roundOpenedAt: 990,
        globalModel: head().globalModel,
      }),
      termsOf: async () => ({
        aggregators: [signer.address],
        specDigest: await digestOf(encodeTaskSpec(SPEC)),
        schedule: { ...SPEC.schedule, reportSeconds: 30 },
        rounds: 4,
        maxWorkers: 4,
        minUpdates: 1,
        mechanism: "0x66e6522f",
        subchains: CHAINS,
      }),
      receiptRule: () => ({}),
      finalBlock: async () => ({ number: String(finalNumber()), timestamp: blocks[finalNumber()]!.time }),
      attemptOf: async (_: bigint, __: number, ___: string, block?: string) => {
        const { attempt, commitment } = at(block);
        return { attempt, commitment };
      },
      reportOf: async (_: bigint, __: number, chainId: bigint, block?: string) => {
        const updatesRoot = at(block).reports.get(chainId);
        return { received: updatesRoot !== undefined, updatesRoot: updatesRoot ?? ZeroHash, revealed: 0 };
      },
      commitAttestation: async (_: unknown, __: bigint, ___: number, commitment: string) => {
        did.push("commit");
        pending.push(({ attempt }) => ({
          commitment,
          attempt: { ...attempt, committed: 3, opensAt: now / 1000 },
        }));
        await second();
      },
      attest: async (_: unknown, __: bigint, round: number, aggregate: Aggregate, salt: string) => {
        did.push("attest");
        expect(attestationCommitment(aggregate, salt, signer.address)).to.equal(head().commitment);
        opened.push({ at: now / 1000, final: blocks[finalNumber()]!, aggregate });
        expect(round).to.equal(0);
        pending.push(() => ({ status: "Completed" }));
        await second();
      },
    };
    const told = () =>
      [...head().reports].map(([chainId, updatesRoot]) => ({
        name: "RoundReported",
        args: { task: 1n, round: 0, chainId, updatesRoot },
      }));
    const modules = {
      main,
      storage,
      updates: storage,
      tokens: [TOKEN],
      account: { address: signer.address },
      signer,
      mainFollower: {
        first: async () => ({ args: { token: TOKEN } }),
        past: ({ name }: { name: string }) => (name === "RoundReported" ? told() : []),
        collect: async () => told(),
        heard: () => blocks.length,
        more: async (_: bigint, than: number, ended: AbortSignal) => {
          while (blocks.length <= than && !ended.aborted) await second();
        },
      },
      subchains: CHAINS.map((chainId) => ({
        subchain: { client: { chainId, name: `chain ${chainId}` } },
        follower: {},
      })),
      receipts: { open: () => undefined, close: () => undefined },
      pool: { evaluate: async () => ({ scorePpb: 0 }) },
      heldOutData: async () => ({ labels: [], examples: [] }),
      listener: (event: AggregatorEvent) => {
        if (event.type === "aggregated") did.push("derive");
        if (event.type === "trouble" && event.doing.startsWith("aggregating")) throw event.error;
      },
      clock: {
        now: () => now,
        sleep: async (milliseconds: number, signal?: AbortSignal) => {
          await new Promise(setImmediate);
          if (!signal?.aborted) await pass(milliseconds);
        },
      },
    };
    const aggregator = new Aggregator("aggregator 1", modules as unknown as AggregatorModules);
    await aggregator.run(1n, stop.signal);
  }

  async function second(): Promise<void> {
    await pass(1000);
  }

  async function pass(milliseconds: number): Promise<void> {
    const before = Math.floor(now / 1000);
    now += milliseconds;
    for (let time = before + 1; time <= Math.floor(now / 1000); time++) {
      const changes = pending.splice(0).map((change) => change(head()));
      mine(Object.assign({}, ...changes, next(time - 1000)));
      if (time > 1200) stop.abort();
    }
  }

  it("opens its commitment once nobody can commit any more in whatever replaces the newest blocks", async () => {
    await run();
    expect(did).to.deep.equal(["derive", "commit", "attest"]);
    expect(opened).to.have.length(1);
    const { final, at: openedAt } = opened[0]!;
    expect(final.attempt).to.deep.include({ committed: 3, opensAt: 1001 });
    expect(final.time).to.be.at.least(final.attempt.opensAt);
    // And not later than that takes.
    expect(openedAt).to.be.within(1004, 1006);
  });

  it("opens it at once where blocks are final at once", async () => {
    confirmations = 0;
    await run();
    expect(did).to.deep.equal(["derive", "commit", "attest"]);
    expect(opened[0]!.at).to.be.within(1001, 1002);
  });

  /** Has the block with its commitment replaced, and the one before, by some that are otherwise. */
  function replace(change: Partial<MainState>): void {
    next = (time) => {
      if (time !== 2) return {};
      blocks.splice(-2);
      return {
        commitment: ZeroHash,
        attempt: { number: 0, committed: 2, attested: 0, opensAt: 0 },
        ...change,
      };
    };
  }

  it("derives a round anew whose report is gone with its block, and opens only what is as it committed then", async () => {
    replace({ reports: new Map([[3n, root("1")]]) });
    await run();
    expect(did).to.deep.equal(["derive", "commit", "derive", "commit", "attest"]);
    expect([...opened[0]!.final.reports]).to.deep.equal([[3n, root("1")]]);
  });

  it("derives a round anew from the model that is before it in another branch", async () => {
    replace({ globalModel: other });
    await run();
    expect(did).to.deep.equal(["derive", "commit", "derive", "commit", "attest"]);
    expect(opened[0]!.aggregate.globalModel).to.equal(other);
  });

  it("commits anew to the same when only its commitment is gone", async () => {
    replace({});
    await run();
    expect(did).to.deep.equal(["derive", "commit", "commit", "attest"]);
    expect(opened[0]!.final.attempt.committed).to.equal(3);
  });
});
