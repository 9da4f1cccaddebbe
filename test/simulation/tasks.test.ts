import { expect } from "chai";

import { SEEDS_APART } from "../../simulation/inProcesses.ts";
import { Trace } from "../../simulation/Trace.ts";
import type { TaskPlant } from "../../simulation/tasks/plants.ts";
import { runTaskSchedule, taskNetworkFor } from "../../simulation/tasks/runTaskSchedule.ts";
import { simulateTasks } from "../../simulation/tasks/simulateTasks.ts";
import {
  PUBLISHERS,
  ROGUE_AGGREGATORS,
  ROGUE_WORKERS,
  SAMPLINGS,
} from "../../simulation/tasks/TaskSchedule.ts";
import { tiered } from "../tier.ts";

const SCHEDULES = tiered(1, 400);
/** In so many schedules every kind of adversary and fault has been there. */
const SCHEDULES_OF_ALL_KINDS = 200;
const SEED = 1;
/** Schedules that showed bugs of workers: killed before the block of an enrolment, not answered, on a dead subchain. */
const NOTABLE = [100_014, 100_034, 100_040, 200_058];
/** Schedules in which a planted bug must show itself, as `freshet simulate tasks --plant` would find it. */
const SCHEDULES_TO_FIND_A_BUG = 60;

describe("tasks with adversaries", function () {
  this.timeout(3_600_000);

  it(`cheat nobody and keep to the stated times in ${SCHEDULES} schedules`, async () => {
    const result = await simulateTasks({ schedules: SCHEDULES, seed: SEED, processes: 2 }, () => undefined);
    expect(result.violated).to.deep.equal([]);
    expect(result.violations).to.equal(0);
    expect(result.schedules).to.equal(SCHEDULES);
    expect(result.rounds).to.be.at.least(1);
    expect(result.paid).to.be.at.least(1);
    if (SCHEDULES < SCHEDULES_OF_ALL_KINDS) return;
    expect(Object.keys(result.faults)).to.include.members([
      ...SAMPLINGS.map((kind) => `sampling: ${kind}`),
      ...PUBLISHERS.map((kind) => `publisher: ${kind}`),
      ...ROGUE_WORKERS.map((kind) => `rogue worker: ${kind}`),
      ...ROGUE_AGGREGATORS.map((kind) => `rogue aggregator: ${kind}`),
      "courier: overtaken message",
      "dead subchain",
      "kill after eth_sendRawTransaction",
      "kill any moment",
      "kill before eth_sendRawTransaction",
      "kill during eth_sendRawTransaction",
      "paused route",
      "stranger: claim",
      "stranger: closeCommits",
      "stranger: closeRound",
      "stranger: commit",
      "stranger: commitAttestation",
      "stranger: drawBeacon",
      "stranger: enrol",
      "stranger: expire",
      "stranger: refund",
      "stranger: reveal",
      "stranger: settle",
      "update late for one aggregator",
      "update lost by storage",
    ]);
  });

  it("do not show again what they showed before", async () => {
    const network = await taskNetworkFor(undefined);
    for (const seed of NOTABLE) {
      const { violations } = await runTaskSchedule(seed, { network });
      expect(violations, `schedule ${seed}`).to.deep.equal([]);
    }
  });

  it("are the same every time", async () => {
    const network = await taskNetworkFor(undefined);
    const run = async (seed: number) => {
      const trace = new Trace();
      const result = await runTaskSchedule(seed, { network, trace });
      return { ...result, digest: trace.digest(), lines: trace.lines };
    };
    const first = await run(SEED * SEEDS_APART);
    expect(await run(SEED * SEEDS_APART)).to.deep.equal(first);
    expect(first.lines).to.be.greaterThan(1000);
  });

  if (tiered(1, 0) === 1) return;
  const bugs: Record<TaskPlant, RegExp> = {
    "hasty-refund": /is not paid|has not settled/,
    "own-reveals": /leaves out what \w+ \d revealed and aggregators hold|takes the copy/,
    "leave-out-missing": /leaves out what \w+ \d revealed and aggregators hold/,
    "one-attempt": /is not finalized/,
    "no-short-rounds": /is not finalized/,
    "half-beacon": /has not drawn its beacon/,
  };
  for (const [plant, symptom] of Object.entries(bugs) as [TaskPlant, RegExp][]) {
    it(`find a planted bug: ${plant}`, async () => {
      const network = await taskNetworkFor(plant);
      for (let i = 0; i < SCHEDULES_TO_FIND_A_BUG; i++) {
        const { violations } = await runTaskSchedule(SEED * SEEDS_APART + i, { network, plant });
        if (violations.some((violation) => symptom.test(violation))) return;
        expect(violations).to.deep.equal([]);
      }
      expect.fail(`${SCHEDULES_TO_FIND_A_BUG} schedules did not find it`);
    });
  }
});
