import { expect } from "chai";
import fc from "fast-check";

import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { Interest } from "../../../chains/clients/Interest.ts";
import { runs } from "../../tier.ts";
import { MemoryCursor } from "../../unit/chains/MemoryCursor.ts";
import { type PlannedEvent, TaskEventChain } from "../../unit/chains/TaskEventChain.ts";

/** The last concerns nobody, but may be open. */
const TASKS = [1n, 2n, 3n, 4n, 5n];
const STRANGERS = 5n;
const NAMES = ["TaskPublished", "RoundFinalized", "TaskClosed"] as const;

const planned = fc.record({ task: fc.constantFrom(...TASKS), name: fc.constantFrom(...NAMES, ...NAMES) });
const blocks = fc.array(fc.array(planned, { maxLength: 3 }), { maxLength: 6 });
/** Whether the follower looks after new blocks, and after its cursor. */
const after = { poll: fc.boolean(), keep: fc.boolean() };
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("mine" as const), blocks, ...after }) },
  // Also deeper than the chain's rule allows.
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("replace" as const),
      depth: fc.integer({ min: 1, max: 9 }),
      blocks,
      ...after,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("abstain" as const), task: fc.constantFrom(...TASKS) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("restart" as const), slow: fc.boolean() }) },
);
type Planned = typeof planned extends fc.Arbitrary<infer T> ? T : never;

/** What of it a branch can have: tasks are published in the order of their ids, and each event once, none after the end. */
function possible(chain: TaskEventChain, wanted: readonly Planned[]): PlannedEvent[] {
  const block: PlannedEvent[] = [];
  for (const { task, name } of wanted) {
    const all = [...chain.events(), ...block];
    const has = (what: string, of: bigint) =>
      all.some((event) => event.name === what && Reflect.get(event.args, "task") === of);
    const isOpen = has("TaskPublished", task) && !has("TaskClosed", task);
    const isNext = !has("TaskPublished", task) && (task === 1n || has("TaskPublished", task - 1n));
    if (name === "TaskPublished" ? !isNext : !isOpen) continue;
    if (name === "RoundFinalized" && has(name, task)) continue;
    block.push({ name, args: { task }, transactionHash: `${name} ${task}` });
  }
  return block;
}

function interestIn(chain: TaskEventChain): Interest {
  const hasEnded = (task: bigint, until: number) =>
    chain
      .events(0, until)
      .some(({ name, args }) => name === "TaskClosed" && Reflect.get(args, "task") === task);
  return {
    names: NAMES,
    begins: "TaskPublished",
    concerns: async ({ args: { task } }) => task !== STRANGERS && !hasEnded(task, chain.head),
    isOver: async (task) => hasEnded(task, chain.final),
  };
}

describe("A program with a cursor", () => {
  it("knows after every restart what it would know from the beginning, through whatever happened before", async () => {
    let [resumed, reread] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        async (steps, blocksPerRequest, confirmations) => {
          const chain = new TaskEventChain(confirmations);
          const cursor = new MemoryCursor();
          const begin = (store?: MemoryCursor): ChainFollower => {
            const follower = chain.follow(interestIn(chain), blocksPerRequest, store);
            follower.subscribe(({ name, args }) => {
              if (name === "TaskClosed") follower.forget(args.task);
            });
            return follower;
          };
          let follower = begin(cursor);
          for (const each of [...steps, { type: "restart" as const, slow: false }]) {
            const before = chain.head;
            if (each.type === "replace") chain.unwind(each.depth);
            if (each.type === "mine" || each.type === "replace") {
              for (const wanted of each.blocks) chain.mine(possible(chain, wanted));
              while (each.type === "replace" && chain.head <= before) chain.mine([]);
              if (each.poll) await follower.poll();
              if (each.keep) await follower.keepCursor();
            }
            if (each.type === "abstain") follower.forget(each.task);
            if (each.type !== "restart") continue;
            // As after a crash: in the middle of a look, or of reading.
            if (each.slow) void follower.keepCursor();
            await follower.stop();
            follower = begin(cursor);
            const blocksRead = chain.read.blocks;
            await follower.poll();
            if (chain.read.blocks - blocksRead < chain.head + 1) resumed++;
            else reread++;
            const whole = begin();
            await whole.poll();
            for (const task of TASKS) {
              expect(follower.keeps(task), `keeps ${task}`).to.equal(whole.keeps(task));
              expect(follower.hasRead(task), `has read ${task}`).to.equal(whole.hasRead(task));
            }
            expect(follower.events).to.deep.equal(whole.events);
            await whole.stop();
          }
          await follower.stop();
        },
      ),
      runs(1000),
    );
    // Both happen often.
    expect(resumed).to.be.at.least(reread / 10);
    expect(reread).to.be.at.least(1);
  });
});
