import { expect } from "chai";

import type { AuditedTask, CheckTally } from "../../../../mechanisms/MechanismAudit.ts";
import { checkBonds } from "../../../../mechanisms/model-trading/audit/checkBonds.ts";
import { encodeTerms, encodeWork } from "../../../../mechanisms/model-trading/encodings.ts";

const MANAGER = `0x${"aa".repeat(20)}`;
const WORKER = `0x${"77".repeat(20)}`;
const BOND = 5n;

interface Story {
  status?: string;
  accepted?: number;
  counted?: number;
  excused?: number;
  rounds?: number;
  recorded?: boolean;
  amount?: bigint;
  ends?: readonly ("BondReturned" | "BondForfeited")[];
  locks?: number;
}

/** What the check says of one worker's bond: its failure, or its notes. */
async function checked({
  status = "Completed",
  accepted = 4,
  counted = 4,
  excused = 0,
  rounds = counted,
  recorded = true,
  amount = BOND,
  ends = [],
  locks = 1,
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
    ...{ price: 1n, samples: 1n, sales: accepted, rounds, excused, firstDelayMs: 0, spanMs: 0, ageMs2: 0n },
  });
  const task = {
    task: 1n,
    mechanismTerms: encodeTerms({
      ...{ periodMs: 1000, scale: 1n, dataWeight: 1n, leastTheta: 1, mostOmega: 1, startSlackMs: 0, cap: 1n },
      ...{ bond: BOND, cosigner: MANAGER, offers: [{ worker: WORKER, price: 1n }] },
    }),
    standing: async () => ({ status, finalizedRounds: counted }),
    participants: async () => [
      { worker: WORKER, chainId: 3n, work: recorded ? work : undefined, acceptedRounds: accepted },
    ],
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

describe("audit of bonds", () => {
  it("takes one back for one that sold, and tells of those that are still locked", async () => {
    expect(await checked({ ends: ["BondReturned"] })).to.deep.equal({ notes: [], bonds: 1 });
    expect((await checked({})).notes).to.deep.equal(["1 of 1 bonds are still locked."]);
  });

  it("is the publisher's where fewer than half of the rounds took the worker's update", async () => {
    const forfeited = { ends: ["BondForfeited"] as const, accepted: 1, counted: 4 };
    expect((await checked(forfeited)).failure).to.equal(undefined);
    for (const innocent of [
      { accepted: 2 },
      // Rounds in which most stayed away, or that began after the epoch, are nobody's fault.
      { excused: 1 },
      { rounds: 3 },
      { status: "Expired" },
      { recorded: false },
    ]) {
      expect((await checked({ ...forfeited, ...innocent })).failure, JSON.stringify(innocent)).to.match(
        /^The bond of worker 0x77\w+ on chain 3 was forfeited, with \d of 4 rounds accepted of a task that is /,
      );
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
});
