import { expect } from "chai";

import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { Interest } from "../../../chains/clients/Interest.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { rejected, thrown } from "../thrown.ts";
import { TaskEventChain } from "./TaskEventChain.ts";

describe("A follower's interest", () => {
  let chain: TaskEventChain;
  let follower: ChainFollower;
  let told: string[];

  /** Follows with an interest, and hears everything from the beginning on. */
  function follow(interest: Interest, blocksPerRequest?: number): void {
    follower = chain.follow(interest, blocksPerRequest);
    follower.subscribe(({ name, args }) => told.push(`${name} ${"task" in args ? args.task : ""}`));
  }
  const event = (name: string, task: bigint, more: Record<string, unknown> = {}) => ({
    name,
    args: { task, ...more },
    transactionHash: `${name} ${task} ${JSON.stringify(more)}`,
  });
  const TASKS: Interest = { names: ["TaskArrived", "RoundStarted", "TaskFinished"], begins: "TaskArrived" };

  beforeEach(() => {
    chain = new TaskEventChain();
    told = [];
  });
  afterEach(async () => {
    await follower.stop();
  });

  it("is all that is asked for, told and kept", async () => {
    follow(TASKS);
    chain.mine([event("TaskArrived", 1n), event("DataRefreshed", 1n), event("RoundStarted", 1n)]);
    await follower.poll();
    expect(chain.asked).to.deep.equal([TASKS.names]);
    expect(told).to.deep.equal(["TaskArrived 1", "RoundStarted 1"]);
    expect(follower.sizes.events).to.equal(2);
    const filter = { name: "DataRefreshed" as const, task: 1n };
    expect(thrown(() => follower.past(filter)).code).to.equal("EVENTS_NOT_KEPT");
    expect((await rejected(follower.first(filter))).code).to.equal("EVENTS_NOT_KEPT");
  });

  it("may be none of it to be kept: then each event is told once, also if its block is replaced", async () => {
    follow({ names: TASKS.names });
    chain.mine([event("TaskArrived", 1n)]);
    await follower.poll();
    chain.unwind(1);
    chain.mine([]);
    chain.mine([event("TaskArrived", 1n), event("RoundStarted", 1n)]);
    await follower.poll();
    expect(told).to.deep.equal(["TaskArrived 1", "RoundStarted 1"]);
    expect(follower.events).to.deep.equal([]);
    expect(thrown(() => follower.past({ name: "TaskArrived" })).code).to.equal("EVENTS_NOT_KEPT");
  });

  it("leaves out tasks that do not concern the program, and ends waiting for their events", async () => {
    const asked: bigint[] = [];
    follow({
      ...TASKS,
      concerns: async ({ args: { task } }) => {
        asked.push(task);
        return task === 2n;
      },
    });
    const waiting = rejected(follower.first({ name: "RoundStarted", task: 1n }));
    chain.mine([event("TaskArrived", 1n), event("TaskArrived", 2n)]);
    chain.mine([event("RoundStarted", 1n), event("RoundStarted", 2n)]);
    await follower.poll();
    expect((await waiting).code).to.equal("TASK_FORGOTTEN");
    expect(asked).to.deep.equal([1n, 2n]);
    expect(told).to.deep.equal(["TaskArrived 2", "RoundStarted 2"]);
    expect(follower.events).to.have.length(2);
    expect([1n, 2n, 3n].map((task) => follower.keeps(task))).to.deep.equal([false, true, false]);
    expect([2n, 3n].map((task) => follower.hasRead(task))).to.deep.equal([true, false]);
  });

  it("is asked for again, with the same blocks, when it could not be told", async () => {
    let fails = true;
    follow({
      ...TASKS,
      concerns: async () => {
        if (fails) throw new BaseError("NOT_YET", "It is not known yet.");
        return true;
      },
    });
    chain.mine([event("TaskArrived", 1n)]);
    chain.mine([event("RoundStarted", 1n)]);
    expect((await rejected(follower.poll())).code).to.equal("NOT_YET");
    expect(told).to.deep.equal([]);
    fails = false;
    await follower.poll();
    expect(told).to.deep.equal(["TaskArrived 1", "RoundStarted 1"]);
  });

  it("has a task that another branch published with the same id looked at anew, and no other", async () => {
    follow(TASKS);
    chain.mine([event("TaskArrived", 1n, { specDigest: "a" }), event("TaskArrived", 2n)]);
    await follower.poll();
    follower.forget(1n);
    follower.forget(2n);
    chain.unwind(1);
    chain.mine([]);
    chain.mine([event("TaskArrived", 1n, { specDigest: "b" }), event("TaskArrived", 2n)]);
    await follower.poll();
    expect(told).to.deep.equal(["TaskArrived 1", "TaskArrived 2", "TaskArrived 1"]);
    expect([1n, 2n].map((task) => follower.keeps(task))).to.deep.equal([true, false]);
    const [only] = follower.events;
    expect(only!.args).to.include({ specDigest: "b" });
  });

  it("counts and wakes with what is told and not kept", async () => {
    follow({ ...TASKS, keeps: ({ name }) => name !== "RoundStarted" });
    chain.mine([event("TaskArrived", 1n)]);
    await follower.poll();
    const heard = follower.heard(1n);
    const more = follower.more(1n, heard);
    chain.mine([event("RoundStarted", 1n)]);
    await follower.poll();
    await more;
    expect(follower.heard(1n)).to.equal(heard + 1);
    expect(follower.events).to.have.length(1);
    const never = rejected(follower.more(1n, heard + 1));
    follower.forget(1n);
    expect((await never).code).to.equal("TASK_FORGOTTEN");
  });

  it("gives whoever subscribes later what is kept", async () => {
    follow(TASKS);
    chain.mine([1n, 2n, 3n].map((task) => event("TaskArrived", task)));
    await follower.poll();
    follower.forget(2n);
    const late: unknown[] = [];
    follower.subscribe(({ args }) => late.push("task" in args && args.task));
    expect(late).to.deep.equal([1n, 3n]);
  });

  it("asks for fewer blocks where there are many events", async () => {
    follow({ names: ["RoundStarted"] }, 64);
    for (let block = 0; block < 64; block++) {
      chain.mine(Array.from({ length: 1000 }, (_, n) => event("RoundStarted", 1n, { block, n })));
    }
    await follower.poll();
    const requests = chain.asked.length;
    chain.mine([]);
    // The first took 64 blocks; the next ones come in halves of it: 32, then 16 …
    for (let block = 0; block < 64; block++) {
      chain.mine(Array.from({ length: 1000 }, (_, n) => event("RoundStarted", 2n, { block, n })));
    }
    await follower.poll();
    expect(chain.asked.length - requests).to.be.at.least(4);
    expect(told).to.have.length(128_000);
  });

  it("forgets a task also where everything is read", async () => {
    follower = chain.follow();
    chain.mine([event("RoundStarted", 1n), event("RoundStarted", 2n)]);
    await follower.poll();
    follower.forget(1n);
    chain.mine([event("RoundStarted", 1n), event("RoundStarted", 2n)]);
    await follower.poll();
    expect(follower.past({ name: "RoundStarted" })).to.have.length(2);
    expect(follower.past({ name: "RoundStarted", task: 1n })).to.deep.equal([]);
    const late = await rejected(follower.first({ name: "RoundStarted", task: 1n }));
    expect((late as BaseError).details).to.include("done with the task on test");
  });
});
