import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";

import type { AuditedTask, CheckTally, EscrowMovement } from "../../../../mechanisms/MechanismAudit.ts";
import { checkBonds } from "../../../../mechanisms/model-trading/audit/checkBonds.ts";
import { encodeTerms, encodeWork } from "../../../../mechanisms/model-trading/encodings.ts";

const MANAGER = `0x${"aa".repeat(20)}`;
const PUBLISHER = `0x${"bb".repeat(20)}`;
const WORKER = `0x${"77".repeat(20)}`;
const BOND = 5n;
const ACCOUNT = BigInt(
  keccak256(
    AbiCoder.defaultAbiCoder().encode(["address", "uint256", "uint64", "address"], [MANAGER, 1, 3, WORKER]),
  ),
);
type End = "BondReturned" | "BondForfeited";

interface Story {
  status?: string;
  /** By finalized round: how many its subchain reported in time. */
  reported?: readonly (number | undefined)[];
  /** Rounds that took the worker's update. */
  taken?: readonly number[];
  workers?: number;
  /** Begun within the epoch. */
  rounds?: number;
  recorded?: boolean;
  amount?: bigint;
  ends?: readonly End[];
  locks?: number;
  /** What the escrow states, in place of what the events do. */
  movements?: readonly Partial<EscrowMovement>[];
  held?: bigint;
}

/** What the check says of one worker's bond: its failure, or its notes. */
async function checked({
  status = "Completed",
  reported = [4, 4, 4, 4],
  taken = [0, 1, 2, 3],
  workers = 4,
  rounds = reported.length,
  recorded = true,
  amount = BOND,
  ends = [],
  locks = 1,
  movements = [{}, ...ends.map((end) => MOVED[end])],
  held = ends.length > 0 ? 0n : BOND,
}: Story): Promise<{ failure?: string; notes: string[]; bonds: number }> {
  const notes: string[] = [];
  let bonds = 0;
  const tally: CheckTally = {
    count: () => void bonds++,
    note: (sentence) => notes.push(sentence),
    require(holds, sentence) {
      if (!holds) throw new Error(sentence);
    },
  };
  const event = { manager: MANAGER, task: 1n, worker: WORKER, chainId: 3n };
  const work = encodeWork({
    ...{ price: 1n, samples: 1n, sales: 1, rounds, firstDelayMs: 0, spanMs: 0, ageMs2: 0n },
  });
  const task = {
    task: 1n,
    publisher: PUBLISHER,
    mechanismTerms: encodeTerms({
      ...{ periodMs: 1000, scale: 1n, dataWeight: 1n, leastTheta: 1, mostOmega: 1, startSlackMs: 0, cap: 1n },
      ...{ bond: BOND, cosigner: MANAGER, offers: [{ worker: WORKER, price: 1n }] },
    }),
    standing: async () => ({ status, finalizedRounds: reported.length }),
    participants: async () =>
      Array.from({ length: workers }, (_, i) => ({
        worker: i === 0 ? WORKER : `0x${i}`,
        chainId: 3n,
        work: recorded ? work : undefined,
        acceptedRounds: taken.length,
        isTakenIn: (round: number) => taken.includes(round),
      })),
    revealsReportedBy: async () => reported,
    policyAccount: async (id: bigint) => ({
      movements: (id === ACCOUNT ? movements : []).map((one) => ({
        ...{ name: "Funded", who: WORKER, amount: BOND, unmoved: undefined },
        ...one,
      })),
      held,
    }),
    policy: {
      application: MANAGER,
      events: (name: string) =>
        name === "BondLocked"
          ? Array.from({ length: locks }, () => ({ ...event, amount }))
          : ends.filter((end) => end === name).map(() => ({ ...event, amount })),
    },
  } as unknown as AuditedTask;
  try {
    await checkBonds(task, tally);
    return { notes, bonds };
  } catch (error) {
    return { failure: (error as Error).message, notes, bonds };
  }
}

const MOVED: Readonly<Record<End, Partial<EscrowMovement>>> = {
  BondReturned: { name: "Refunded" },
  BondForfeited: { name: "Paid", who: PUBLISHER },
};

describe("audit of bonds", () => {
  it("takes one back for one that sold, and tells of those that are still locked", async () => {
    expect(await checked({ ends: ["BondReturned"] })).to.deep.equal({ notes: [], bonds: 1 });
    expect((await checked({})).notes).to.deep.equal(["1 of 1 bonds are still locked."]);
  });

  it("is the publisher's where the worker missed more than half of the rounds, each judged by itself", async () => {
    const forfeited = { ends: ["BondForfeited"] as const, taken: [0] };
    expect((await checked(forfeited)).failure).to.equal(undefined);
    for (const innocent of [
      { taken: [0, 3] },
      // Nobody's fault: no report, or too late; most stayed away; after the epoch.
      { reported: [4, 4, undefined, 4] },
      { reported: [4, 4, 1, 4] },
      { rounds: 3 },
      { status: "Expired" },
      { recorded: false },
    ]) {
      expect((await checked({ ...forfeited, ...innocent })).failure, JSON.stringify(innocent)).to.match(
        /^The bond of worker 0x77\w+ on chain 3 was forfeited, with \d of 4 rounds accepted of a task that is /,
      );
    }
    // It sold where most stayed away: that round is its own already.
    expect((await checked({ ...forfeited, reported: [1, 4, 4, 4] })).failure).to.equal(undefined);
  });

  it("is the publisher's of few who were never there, unless nothing was heard of them", async () => {
    const never = { ends: ["BondForfeited"] as const, taken: [], reported: [0, 0, 0, 0] };
    expect((await checked({ ...never, workers: 1 })).failure).to.equal(undefined);
    expect((await checked({ ...never, workers: 2 })).failure).to.equal(undefined);
    for (const innocent of [
      { workers: 3 },
      { workers: 1, taken: [0], reported: [1, 0, 0, 0] },
      { workers: 1, reported: [undefined, undefined, 0, 0] },
    ]) {
      expect((await checked({ ...never, ...innocent })).failure).to.contain("was forfeited, with");
    }
  });

  it("has one end, of one lock, of what the terms ask", async () => {
    expect((await checked({ ends: ["BondReturned", "BondForfeited"] })).failure).to.contain(
      "returned 1 times and",
    );
    expect((await checked({ amount: 4n })).failure).to.contain("is of 4 wei; one of 5 was asked for");
    expect((await checked({ locks: 2 })).failure).to.contain("is of 5 wei");
    expect((await checked({ locks: 0, ends: ["BondReturned"] })).failure).to.contain("was never locked");
  });

  it("moved in the escrow as the policy says: from the worker, to one of both, once and whole", async () => {
    const returned = { ends: ["BondReturned"] as const };
    const stated = /should have moved as Funded 5 0x77\w+, Refunded 5 0x77\w+; the escrow states /;
    for (const movements of [
      [],
      [{}],
      [{ name: "Refunded" as const }],
      [{ who: PUBLISHER }, { name: "Refunded" as const }],
      [{ amount: 4n }, { name: "Refunded" as const }],
      [{}, { name: "Refunded" as const, amount: 4n }],
      [{}, { name: "Paid" as const, who: PUBLISHER }],
      [{}, { name: "Refunded" as const, who: PUBLISHER }],
      [{}, { name: "Refunded" as const }, { name: "Refunded" as const }],
      [{}, {}, { name: "Refunded" as const }],
    ]) {
      expect((await checked({ ...returned, movements })).failure).to.match(stated);
    }
    const kept = { movements: [{}, { name: "Paid" as const, who: PUBLISHER }] };
    expect((await checked(kept)).failure).to.match(/as Funded 5 0x77\w+; the escrow states Funded/);
    expect((await checked({ ...returned, held: 1n })).failure).to.contain(
      "0 wei in the escrow, which holds 1",
    );
    expect((await checked({ held: 0n })).failure).to.contain("5 wei in the escrow, which holds 0");
    const unmoved = [{}, { name: "Refunded" as const, unmoved: "nothing" }];
    expect((await checked({ ...returned, movements: unmoved })).failure).to.contain(
      "states Refunded of 5 wei for 0x7777777777777777777777777777777777777777, where the token moved nothing",
    );
  });
});
