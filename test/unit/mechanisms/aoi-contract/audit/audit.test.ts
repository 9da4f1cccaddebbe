import { expect } from "chai";
import { AuditFailure } from "../../../../../audit/AuditFailure.ts";
import { Tally } from "../../../../../audit/Tally.ts";
import { audit } from "../../../../../mechanisms/aoi-contract/audit/audit.ts";
import {
  encodeChoice,
  encodeTerms,
  encodeTotals,
  encodeWork,
} from "../../../../../mechanisms/aoi-contract/encodings.ts";
import type { AuditedTask } from "../../../../../mechanisms/MechanismAudit.ts";
import { EMPTY_SUBCHAIN } from "../../emptySubchain.ts";

/** 300 s from 1000 on, and one item: no older than 60 s for 1003 wei. */
const task = {
  task: 1n,
  terms: { schedule: { startTime: 1000, epochSeconds: 300 } },
  mechanismTerms: encodeTerms({ bonus: 7n, menu: [{ period: 60, reward: 1003n, cost: 1n }] }),
} as unknown as AuditedTask;
const worker = {
  worker: "0xa",
  index: 0,
  choice: encodeChoice({ item: 0 }),
  refreshes: [1000, 1075, 1180, 1241],
  reveals: [],
  subchain: EMPTY_SUBCHAIN,
};
const WORK = { item: 0, coveredSeconds: 239n, ageSquares: 23_852n };

describe("audit of the AoI contract", () => {
  it("derives the reading's example", () => {
    const work = audit.workOf(task, worker, new Tally());
    expect(work).to.equal(encodeWork(WORK));
    const earned = { work, acceptedRounds: 2, countedRounds: 2, score: "0x" };
    expect(audit.payOf(task, earned)).to.equal(799n);
    // Nobody's score matters to it.
    expect(audit.payOf(task, { ...earned, score: "0x1234" })).to.equal(799n);
  });

  it("counts who is still working up to its last refresh, and who has not begun not at all", () => {
    const idle = { ...worker, worker: "0xb", index: 1, refreshes: [] };
    // 60 of 75 s, 60 of 105 s and 61 s on end.
    const running = { coveredSeconds: 60n + 60n + 60n, ageSquares: 75n ** 2n + 105n ** 2n + 61n ** 2n };
    expect(audit.totalsOf(task, { settled: [], running: [worker, idle] })).to.equal(encodeTotals(running));
    // Settled, the idle one's data are as old as the epoch is long.
    expect(audit.totalsOf(task, { settled: [idle], running: [worker] })).to.equal(
      encodeTotals({ ...running, ageSquares: running.ageSquares + 300n ** 2n }),
    );
  });

  it("says which choice is none of the terms'", () => {
    expect(() => audit.workOf(task, { ...worker, choice: encodeChoice({ item: 1 }) }, new Tally())).to.throw(
      AuditFailure,
      "Worker 0xa enrolled with item 2; the menu has 1.",
    );
  });

  it("tells work and totals in words", () => {
    expect(audit.describeWork(encodeWork(WORK))).to.equal("item 1, 239 s covered and 23852 s² of age");
    expect(audit.describeTotals(encodeTotals({ coveredSeconds: 5n, ageSquares: 6n }))).to.equal(
      "5 s covered and 6 s² of age",
    );
  });
});
