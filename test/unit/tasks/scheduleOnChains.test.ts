import { expect } from "chai";

import { longestSeconds } from "../../../protocol/roundTimes.ts";
import { rewardTooTight, scheduleOnChains, scheduleTooTight } from "../../../tasks/scheduleOnChains.ts";

/** Of the demo: 10 s a round. */
const SCHEDULE = {
  enrolSeconds: 8,
  epochSeconds: 60,
  commitSeconds: 20,
  revealSeconds: 20,
  reportSeconds: 20,
  deadlineSeconds: 400,
  claimSeconds: 120,
};
const pace = (blockSeconds: number, finalityBlocks: number) => ({
  name: "chain",
  blockSeconds,
  finalityBlocks,
});
const paces = (blockSeconds: number, finalityBlocks: number) => {
  const one = pace(blockSeconds, finalityBlocks);
  return { main: one, relay: one, subchains: [one, one] };
};

describe("a task's schedule on chains with blocks", () => {
  it("is kept as well as the machine can where blocks are made at once", () => {
    const task = { schedule: SCHEDULE, rounds: 6 };
    expect(scheduleOnChains(task, paces(0, 0))).to.deep.equal({
      roundSeconds: 0,
      heardSeconds: 0,
      short: [],
      holding: SCHEDULE,
    });
  });

  it("has rounds of four hops, main's finality and 8 s: of 46 s with blocks of 2 s, final under three more", () => {
    const found = scheduleOnChains({ schedule: SCHEDULE, rounds: 6 }, paces(2, 3));
    expect(found).to.include({ roundSeconds: 46, heardSeconds: 20 });
  });

  it("says what is too short, and gives one that holds", () => {
    const task = { schedule: SCHEDULE, rounds: 6 };
    const found = scheduleOnChains(task, paces(2, 3));
    expect(Object.fromEntries(found.short.map(({ field, needed }) => [field, needed]))).to.deep.equal({
      enrolSeconds: 28,
      commitSeconds: 24,
      epochSeconds: 276,
    });
    expect(found.holding).to.deep.equal({
      ...SCHEDULE,
      enrolSeconds: 28,
      commitSeconds: 24,
      epochSeconds: 276,
      deadlineSeconds: 28 + longestSeconds(6, { ...SCHEDULE, commitSeconds: 24, epochSeconds: 276 }) + 6 * 10,
    });
    const held = scheduleOnChains({ ...task, schedule: found.holding }, paces(2, 3));
    expect(held.short).to.deep.equal([]);
    expect(held.holding).to.deep.equal(found.holding);
    const error = scheduleTooTight(task, found);
    expect(error.code).to.equal("SCHEDULE_TOO_TIGHT");
    expect(error.details).to.contain("epochSeconds is 60 and has to be 276");
    expect(error.next).to.contain(JSON.stringify(found.holding));
    expect(error.next).to.contain("--anyway");
  });

  it("says which times of a reward are too short", () => {
    const error = rewardTooTight([{ field: "startSlackSeconds", is: 10, needed: 20, why: "it is so" }]);
    expect(error.code).to.equal("SCHEDULE_TOO_TIGHT");
    expect(error.details).to.equal("reward.startSlackSeconds is 10 and has to be 20, as it is so.");
    expect(error.next).to.contain('"startSlackSeconds":20;').and.contain("--anyway");
  });

  it("goes by each chain's own blocks and finality, the slowest subchain counting", () => {
    const { roundSeconds } = scheduleOnChains(
      { schedule: SCHEDULE, rounds: 1 },
      { main: pace(12, 64), relay: pace(1, 0), subchains: [pace(2, 3), pace(5, 1)] },
    );
    expect(roundSeconds).to.equal(65 * 12 + 1 + 10 + 1 + 64 * 12 + 8);
  });

  it("leaves aggregators time to open what they committed to, where the main chain is the slowest", () => {
    const { short } = scheduleOnChains(
      { schedule: { ...SCHEDULE, epochSeconds: 10_000 }, rounds: 1 },
      { main: pace(12, 4), relay: pace(1, 0), subchains: [pace(2, 3)] },
    );
    const report = short.find(({ field }) => field === "reportSeconds");
    expect(report?.needed).to.equal(4 * 12 + 2 * 12 + 2);
    expect(report?.why).to.contain("until the aggregators' commitments are final there");
  });
});
