import { expect } from "chai";
import { ZeroHash } from "ethers";

import type { AggregatorEvent } from "../../../aggregators/AggregatorEvent.ts";
import type { AggregatorModules } from "../../../aggregators/AggregatorModules.ts";
import { type OpenRound, RoundDerivation } from "../../../aggregators/RoundDerivation.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { type RevealedUpdate, updateLeaf } from "../../../protocol/leaves.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { initialModel } from "../../../tasks/initialModel.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { RECEIPT_RULE } from "../tasks/receipting.ts";
import { smallSpec } from "../tasks/smallSpec.ts";

const CHAIN = 3n;
const SPEC = parseTaskSpec(smallSpec());
/** 4 s of commits, 3 s of reveals, 2 s for reports and 2 s of clocks that differ. */
const ROUND_MILLISECONDS = 11_000;
const BASE = await digestOf(initialModel(SPEC));

describe("RoundDerivation", () => {
  let now: number;
  let told: AggregatorEvent[];
  /** What the subchain's node shows, and until when it does not answer. */
  let shown: RevealedUpdate[];
  let silentUntil: number;
  let report: { received: boolean; revealed: number; updatesRoot: string };

  beforeEach(() => {
    [now, told, shown, silentUntil] = [0, [], [], 0];
  });

  async function derive() {
    const storage = new MemoryStore();
    await storage.put(initialModel(SPEC));
    const events = () =>
      now < silentUntil
        ? []
        : shown.map((update) => ({ name: "UpdateRevealed", args: { ...update, receipts: "0x" } }));
    const follower = {
      past: events,
      collect: async (_: unknown, areEnough: (found: unknown[]) => boolean, ended: AbortSignal) => {
        if (areEnough(events())) return events();
        await new Promise((_, reject) => ended.addEventListener("abort", reject, { once: true }));
      },
      poll: async () => {
        if (now < silentUntil) throw new RpcUnavailable("silent");
      },
    };
    const modules = {
      main: { reportOf: async () => report, receiptRule: () => RECEIPT_RULE },
      mainFollower: { collect: async () => [], past: () => [] },
      subchains: [{ subchain: { client: { chainId: CHAIN, name: "virtual" } }, follower }],
      storage,
      updates: storage,
      pool: { evaluate: async () => ({ scorePpb: 0 }) },
      heldOutData: async () => undefined,
      listener: (event: AggregatorEvent) => told.push(event),
      clock: {
        now: () => now,
        sleep: async (milliseconds: number, signal: AbortSignal) => {
          // Whatever can go on at once does so before time passes.
          await new Promise(setImmediate);
          if (!signal.aborted) now += milliseconds;
        },
      },
    };
    const open = {
      task: 1n,
      spec: SPEC,
      terms: { subchains: [CHAIN], minUpdates: 1, mechanism: "0x66e6522f", schedule: SPEC.schedule },
      state: { round: 0, roundOpenedAt: 0, globalModel: BASE },
    };
    const derivation = new RoundDerivation("aggregator 1", modules as unknown as AggregatorModules);
    return derivation.derive(open as unknown as OpenRound, new AbortController().signal);
  }

  function updateOf(index: number): RevealedUpdate {
    const worker = `0x${"44".repeat(20)}`;
    return {
      chainId: CHAIN,
      task: 1n,
      round: 0,
      index,
      worker,
      update: `0x${String(index + 1).padStart(64, "0")}`,
      samples: 1,
      engine: ZeroHash,
    };
  }

  function rootOf(updates: readonly RevealedUpdate[]): string {
    return new MerkleTree(updates.map(updateLeaf)).root();
  }

  it("counts a subchain that reported what nobody finds as nobody's, once the round's time is over", async () => {
    report = { received: true, revealed: 2, updatesRoot: rootOf([updateOf(0), updateOf(1)]) };
    const { aggregate } = await derive();
    expect(aggregate.accepted).to.deep.equal([[]]);
    expect(aggregate.globalModel).to.equal(BASE);
    expect(now).to.be.within(ROUND_MILLISECONDS, ROUND_MILLISECONDS + 1000);
    expect(told[0]).to.deep.include({ type: "trouble", task: 1n });
    expect(told[0]).to.have.nested.property("error.code", "REPORT_UNFOUNDED");
  });

  it("counts a subchain that reported others than it shows as nobody's", async () => {
    shown = [updateOf(0), updateOf(2)];
    report = { received: true, revealed: 2, updatesRoot: rootOf([updateOf(0), updateOf(1)]) };
    expect((await derive()).aggregate.accepted).to.deep.equal([[]]);
  });

  it("waits once more as long for a subchain that does not answer", async () => {
    shown = [updateOf(0)];
    report = { received: true, revealed: 1, updatesRoot: rootOf(shown) };
    silentUntil = 2 * ROUND_MILLISECONDS - 2000;
    await derive();
    // It was found, and looked at.
    expect(told[0]).to.deep.include({ type: "left-out", worker: shown[0]!.worker });
    silentUntil = Number.POSITIVE_INFINITY;
    [now, told] = [0, []];
    await derive();
    expect(told[0]).to.deep.include({ type: "trouble" });
    expect(now).to.be.at.least(2 * ROUND_MILLISECONDS);
  });
});
