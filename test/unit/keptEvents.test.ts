import { expect } from "chai";

import { aggregatorOnMain, aggregatorOnSubchain } from "../../aggregators/aggregatorInterest.ts";
import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import { taskOf } from "../../chains/clients/ChainEvent.ts";
import type { Interest } from "../../chains/clients/Interest.ts";
import { KEEPER_ON_MAIN, KEEPER_ON_SUBCHAIN } from "../../relay/keeperInterest.ts";
import { MOST_UPDATES, tooManyUpdates } from "../../tasks/eventCount.ts";
import { workersOnMain, workersOnSubchain } from "../../workers/workerInterest.ts";
import { type PlannedEvent, TaskEventChain } from "./chains/TaskEventChain.ts";

const OWN = "0x0e";
const STRANGERS_EVENTS = 200_000;
const FINISHED_TASKS = 2_000;
/** Of a task that a program takes part in, with one worker here and one elsewhere. */
const ROUNDS = 3;
/** Of a stranger's, between two of ours. */
const EVENTS_A_TASK = STRANGERS_EVENTS / FINISHED_TASKS;

/** Ours are even, a stranger's odd: they do not concern the program. */
const concerns = async ({ args: { task } }: { args: { task: bigint } }) => task % 2n === 0n;

const PROGRAMS: readonly {
  name: string;
  interest: Interest;
  ends: string;
  /** What of a task is kept at the most: see docs/operations.md. */
  ofTask: number;
}[] = [
  {
    name: "an aggregator on the main chain",
    interest: aggregatorOnMain({ concerns }),
    ends: "TaskClosed",
    ofTask: 2 + 3 * ROUNDS,
  },
  {
    name: "an aggregator on a subchain",
    interest: aggregatorOnSubchain({ concerns }),
    // Main tells when it ends.
    ends: "TaskArrived",
    // Of each worker's synchronizations and commits the first.
    ofTask: 1 + 2 + 2 + 2 * ROUNDS,
  },
  {
    name: "workers on the main chain",
    interest: workersOnMain({ concerns }),
    ends: "EpochSettled",
    ofTask: 3 + 2 * ROUNDS,
  },
  {
    name: "workers on a subchain",
    interest: workersOnSubchain(new Set([OWN]), { concerns }),
    ends: "WorkRecorded",
    ofTask: 4 + 8 * ROUNDS,
  },
  {
    name: "a keeper on the main chain",
    interest: KEEPER_ON_MAIN,
    ends: "TaskClosed",
    ofTask: 0,
  },
  {
    name: "a keeper on a subchain",
    interest: KEEPER_ON_SUBCHAIN,
    ends: "EpochClosed",
    ofTask: 0,
  },
];

/** All events that there are of a task; a chain has the main chain's and a subchain's, as each program picks its own. */
function* story(task: bigint): Generator<PlannedEvent> {
  let made = 0;
  const event = (name: string, args: Record<string, unknown> = {}): PlannedEvent => ({
    name,
    args: { task, ...args },
    transactionHash: `${task} ${made++}`,
  });
  yield event("TaskPublished");
  yield event("TaskArrived");
  for (const worker of [OWN, "0x57"]) yield event("WorkerEnrolled", { worker });
  for (let round = 0; round < ROUNDS; round++) {
    yield event("RoundStarted", { round });
    for (const twin of [OWN, "0x57"]) yield event("TwinSynchronized", { twin });
    for (const worker of [OWN, "0x57"]) yield event("UpdateCommitted", { round, worker });
    yield event("RevealsStarted", { round });
    for (const worker of [OWN, "0x57"]) yield event("UpdateRevealed", { round, worker });
    yield event("RoundClosed", { round });
    yield event("RoundReported", { round });
    yield event("AttestationCommitted", { round });
    yield event("AggregateAttested", { round });
    yield event("RoundFinalized", { round });
  }
  yield event("TaskFinished");
  yield event("EpochClosed");
  yield event("TaskClosed");
  yield event("EpochSettled");
  yield event("WorkRecorded", { worker: OWN });
}

/** What a stranger can make without end: accounts in the escrow, and in a task of its own whatever he likes. */
function* strangers(task: bigint): Generator<PlannedEvent> {
  const event = (name: string, n: number): PlannedEvent => ({
    name,
    args: { task, round: n, worker: "0x57", twin: "0x57" },
    transactionHash: `stranger ${task} ${n}`,
  });
  yield event("TaskPublished", 0);
  yield event("TaskArrived", 1);
  for (let n = 2; n < EVENTS_A_TASK; n++) {
    if (n % 4 === 0) {
      const args = { application: "0x57", id: BigInt(n), payer: "0x57", amount: 1n };
      yield { name: "Funded", args, transactionHash: `escrow ${task} ${n}` };
    } else if (n % 4 === 1) {
      yield { ...event("TwinSynchronized", n), args: { task: task - 1n, twin: "0x57", n } };
    } else if (n % 4 === 2) {
      yield { ...event("AttestationCommitted", n), args: { task: task - 1n, round: 0, n } };
    } else yield event("UpdateRevealed", n);
  }
}

describe("Events that programs keep", () => {
  for (const { name, interest, ends, ofTask } of PROGRAMS) {
    it(`stay few in ${name} while ${STRANGERS_EVENTS} of strangers and ${FINISHED_TASKS} tasks pass through`, async () => {
      const chain = new TaskEventChain();
      const follower = chain.follow(interest);
      let most = 0;
      let told = 0;
      const ended: bigint[] = [];
      follower.subscribe((event: ChainEvent) => {
        told++;
        most = Math.max(most, follower.sizes.events);
        // What a service does when its run for the task is over, which others' events come after.
        if (event.name === ends) ended.push(taskOf(event)!);
      });
      for (let i = 1n; i <= FINISHED_TASKS; i++) {
        chain.mine([...story(2n * i)]);
        chain.mine([...strangers(2n * i + 1n)]);
        await follower.poll();
        // Two tasks overlap at any time.
        if (ended.length > 1) follower.forget(ended.shift()!);
        most = Math.max(most, follower.sizes.events);
      }
      for (const task of ended) follower.forget(task);
      expect(told, "events that it heard").to.be.at.least(FINISHED_TASKS);
      expect(most).to.be.at.most(2 * ofTask);
      if (ofTask > 0) expect(most).to.be.at.least(ofTask);
      const { events, tasks, told: remembered } = follower.sizes;
      expect(events).to.equal(0);
      expect(tasks).to.be.at.most(4096);
      expect(remembered).to.be.at.most(2 * 16_384);
      await follower.stop();
    });
  }

  it("have a bound by a task's terms, which programs look at", () => {
    expect(tooManyUpdates(4, 65_536)).to.equal(undefined);
    expect(tooManyUpdates(4, 65_537)).to.match(/^its 4 rounds of 65537 workers can have 262148 updates/);
    expect(MOST_UPDATES).to.equal(262_144);
  });
});
