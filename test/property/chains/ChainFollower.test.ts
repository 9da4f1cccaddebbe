import { expect } from "chai";
import fc from "fast-check";

import type { ChainEvent, EventName } from "../../../chains/clients/ChainEvent.ts";
import { taskOf } from "../../../chains/clients/ChainEvent.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { runs } from "../../tier.ts";
import { type PlannedEvent, TaskEventChain } from "../../unit/chains/TaskEventChain.ts";

const TASKS = [1n, 2n, 3n, 4n];
/** It concerns nobody. */
const STRANGERS = 4n;
const READ: readonly EventName[] = ["TaskArrived", "RoundStarted", "TaskFinished"];

/** What a block may have: the n-th event of a task that was published with one of two sets of terms. */
const planned = fc.record({
  task: fc.constantFrom(...TASKS),
  terms: fc.constantFrom("a", "b"),
  name: fc.constantFrom("TaskArrived", "TaskArrived", "RoundStarted", "TaskFinished", "DataRefreshed"),
  n: fc.integer({ min: 0, max: 2 }),
});
const blocks = (most: number) => fc.array(fc.array(planned, { maxLength: 4 }), { maxLength: most });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("mine" as const), blocks: blocks(4) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("replace" as const),
      depth: fc.integer({ min: 1, max: 8 }),
      blocks: blocks(8),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("poll" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("forget" as const), task: fc.constantFrom(...TASKS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("wait" as const), task: fc.constantFrom(...TASKS) }),
  },
);
type Planned = typeof planned extends fc.Arbitrary<infer T> ? T : never;

/** What a chain's branch can have of what was planned: each event once, and a task's only after it has arrived, as it was published. */
function possible(chain: TaskEventChain, wanted: readonly Planned[]): PlannedEvent[] {
  const there = chain.events();
  const block: PlannedEvent[] = [];
  for (const { task, terms, name, n } of wanted) {
    const all = [...there, ...block];
    const isBeginning = name === "TaskArrived";
    const transactionHash = `${task} ${terms} ${name} ${isBeginning ? 0 : n}`;
    const beginning = all.find((event) => event.name === "TaskArrived" && event.args.task === task);
    if (all.some((event) => event.transactionHash === transactionHash)) continue;
    const specDigest = beginning?.args === undefined ? undefined : Reflect.get(beginning.args, "specDigest");
    if (isBeginning ? beginning !== undefined : specDigest !== terms) continue;
    block.push({ name, args: { task, specDigest: terms, n: isBeginning ? 0 : n }, transactionHash });
  }
  return block;
}

/** A follower that keeps the whole branch that it has read, and knows which tasks are to be kept. */
class Naive {
  readonly kept = new Set<bigint>();
  readonly told: string[] = [];
  branch: readonly ChainEvent[] = [];
  #hashes: readonly string[] = [];
  readonly #known = new Set<string>();

  read(chain: TaskEventChain): void {
    const { hashes } = chain;
    const same = hashes.findIndex((hash, i) => hash !== this.#hashes[i]);
    this.#hashes = hashes;
    this.branch = chain.events().filter(({ name }) => READ.includes(name));
    for (const event of same === -1 ? [] : chain.events(same)) {
      const isNew = !this.#known.has(event.transactionHash);
      this.#known.add(event.transactionHash);
      const task = taskOf(event)!;
      if (!READ.includes(event.name)) continue;
      if (event.name === "TaskArrived" && isNew && task !== STRANGERS) this.kept.add(task);
      if (isNew && this.kept.has(task)) this.told.push(event.transactionHash);
    }
  }

  of(task: bigint, name: string): readonly ChainEvent[] {
    if (!this.kept.has(task)) return [];
    return this.branch.filter((event) => event.name === name && taskOf(event) === task);
  }
}

describe("A follower that forgets", () => {
  it("answers of every task that it keeps as one that keeps everything, through any blocks, replaced blocks and forgetting", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        async (steps, blocksPerRequest) => {
          const chain = new TaskEventChain();
          const naive = new Naive();
          const follower = chain.follow(
            {
              names: READ,
              begins: "TaskArrived",
              concerns: async ({ args: { task } }) => task !== STRANGERS,
            },
            blocksPerRequest,
          );
          const told: string[] = [];
          follower.subscribe(({ transactionHash }) => told.push(transactionHash));
          const waits: { task: bigint; ended: Promise<string>; code: string | undefined }[] = [];
          for (const each of [...steps, { type: "poll" as const }]) {
            const before = chain.head;
            if (each.type === "replace") chain.unwind(each.depth);
            if (each.type === "mine" || each.type === "replace") {
              for (const wanted of each.blocks) chain.mine(possible(chain, wanted));
              // A branch counts once it is longer: before, its node may only be behind.
              while (each.type === "replace" && chain.head <= before) chain.mine([]);
            }
            if (each.type === "forget" && naive.kept.has(each.task)) {
              naive.kept.delete(each.task);
              follower.forget(each.task);
              for (const wait of waits) {
                if (wait.task === each.task) expect(await wait.ended).to.equal("TASK_FORGOTTEN");
              }
              const late = follower.first({ name: "RoundStarted", task: each.task, where: () => false });
              expect(await late.catch(({ code }: BaseError) => code)).to.equal("TASK_FORGOTTEN");
            }
            if (each.type === "wait" && naive.kept.has(each.task)) {
              const never = follower.first({ name: "RoundStarted", task: each.task, where: () => false });
              const wait = { task: each.task, ended: Promise.resolve(""), code: undefined };
              wait.ended = never.then(
                () => "",
                ({ code }: BaseError) => code,
              );
              waits.push(wait);
            }
            if (each.type !== "poll") continue;
            await follower.poll();
            naive.read(chain);
            for (const task of TASKS) {
              expect(follower.keeps(task), `keeps ${task}`).to.equal(naive.kept.has(task));
              for (const name of ["TaskArrived", "RoundStarted", "TaskFinished"] as const) {
                expect(follower.past({ name, task })).to.deep.equal(naive.of(task, name));
              }
            }
            const all = naive.branch.filter((event) => naive.kept.has(taskOf(event)!));
            expect(follower.events).to.deep.equal(all);
            expect(follower.past({ name: ["TaskArrived", "RoundStarted", "TaskFinished"] })).to.deep.equal(
              all,
            );
            expect(follower.sizes.events).to.equal(all.length);
          }
          expect(told).to.deep.equal(naive.told);
          await follower.stop();
          for (const { ended } of waits) expect(await ended).to.be.oneOf(["TASK_FORGOTTEN", "ABORTED"]);
        },
      ),
      runs(300),
    );
  });
});
