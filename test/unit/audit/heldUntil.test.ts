import { expect } from "chai";
import { amountsMoved } from "../../../audit/escrow/amountsMoved.ts";
import { heldUntil } from "../../../audit/escrow/heldUntil.ts";
import type { ChainEvidence } from "../../../audit/evidence/ChainEvidence.ts";
import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import type { ChainEvent, EventNamed } from "../../../chains/clients/ChainEvent.ts";
import { LONGEST_SILENCE_SECONDS } from "../../../protocol/taskTerms.ts";

const TASK = 3n;
const RELAY = 2n;
const APPLICATION = `0x${"ab".repeat(20)}`;
const CLAIM_SECONDS = 50;
/** Of task and epoch. */
const END = 1100;

/** An event in the block of its time. */
function event(time: number, name: string, args: object, logIndex = 0): ChainEvent {
  return { name, args, blockNumber: time, logIndex, transactionHash: `0x${time}`, address: "0x" } as never;
}

const opened = event(100, "RouteOpened", { chainId: RELAY });
const settled = (time: number, chainId: bigint, workers: number) =>
  event(time, "EpochSettled", { task: TASK, chainId, workers });
const claimed = (time: number) => event(time, "RewardClaimed", { task: TASK, chainId: 3n });
const route = (time: number, name: string, chainId = RELAY) => event(time, name, { chainId });

/** Until when the escrow was held as of a refund at `time`, after these events. */
function at(time: number, events: readonly ChainEvent[], status = "Completed"): Promise<number> {
  const evidence = {
    main: { events, blockTime: async (block: number) => block } as unknown as ChainEvidence,
    task: TASK,
    network: { relay: { chainId: Number(RELAY) } },
    terms: async () => ({
      subchains: [3n, 4n],
      schedule: { startTime: 1000, epochSeconds: 100, claimSeconds: CLAIM_SECONDS },
    }),
    state: async () => ({ status, endedAt: 1080 }),
  };
  return heldUntil(evidence as unknown as Evidence, event(time, "Refunded", {}));
}

describe("heldUntil (of an audit)", () => {
  const both = [opened, settled(1105, 3n, 2), settled(1120, 4n, 0)];

  it("is the claim period after the last settlement, and nothing once all have claimed", async () => {
    expect(await at(1150, both)).to.equal(1120 + CLAIM_SECONDS);
    expect(await at(1150, [...both, claimed(1130)])).to.equal(1120 + CLAIM_SECONDS);
    expect(await at(1150, [...both, claimed(1130), claimed(1131)])).to.equal(0);
    // A claim after the refund has not happened yet.
    expect(await at(1150, [...both, claimed(1130), claimed(1151)])).to.equal(1120 + CLAIM_SECONDS);
    expect(await at(1150, [opened], "Rejected")).to.equal(0);
  });

  it("waits a week more for a subchain that has not settled", async () => {
    const silent = END + CLAIM_SECONDS + LONGEST_SILENCE_SECONDS;
    expect(await at(1150, [opened, settled(1105, 3n, 0)])).to.equal(silent);
    expect(await at(silent, [opened, settled(silent - 1, 3n, 0)])).to.equal(silent - 1 + CLAIM_SECONDS);
  });

  it("has no end while the route is closed, and the claim period begins anew when it opens", async () => {
    const closed = [...both, route(1125, "RoutePaused")];
    expect(await at(1150, closed)).to.equal(Infinity);
    expect(await at(1150, [...both, route(1125, "RoutePaused", 9n)])).to.equal(1120 + CLAIM_SECONDS);
    const open = [...closed, route(1140, "RouteUnpaused")];
    expect(await at(1150, open)).to.equal(1140 + CLAIM_SECONDS);
    // As of before it was paused.
    expect(await at(1124, open)).to.equal(1120 + CLAIM_SECONDS);
    const frozen = [...closed, route(1130, "RouteFrozen"), route(1140, "RouteUnpaused")];
    expect(await at(1150, frozen)).to.equal(Infinity);
    expect(await at(1170, [...frozen, route(1160, "RouteUnfrozen")])).to.equal(1160 + CLAIM_SECONDS);
    // To open what is open changes nothing.
    expect(await at(1150, [...both, route(1140, "RouteUnpaused")])).to.equal(1120 + CLAIM_SECONDS);
  });
});

describe("amountsMoved", () => {
  const account = { application: APPLICATION, id: TASK };
  const paid = event(1, "Paid", { ...account, payee: "0x", amount: 40n }, 1) as EventNamed<"Paid">;
  const moved = (...events: ChainEvent[]) =>
    amountsMoved({ events: [paid, ...events] } as unknown as ChainEvidence)(paid);

  it("is the amount, or the part of it that the escrow says beside it", () => {
    const short = (args: object, logIndex = 2, time = 1) =>
      event(time, "MovedShort", { ...account, amount: 40n, moved: 10n, ...args }, logIndex);
    expect(moved()).to.equal(40n);
    expect(moved(short({ application: APPLICATION.toUpperCase().replace("0X", "0x") }))).to.equal(10n);
    // Another account's, another transaction's, and one of before.
    expect(moved(short({ id: 4n }), short({}, 2, 2), short({}, 0))).to.equal(40n);
    expect(moved(short({ amount: 39n }))).to.equal(40n);
  });
});
