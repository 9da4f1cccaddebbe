import { expect } from "chai";

import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { Interest } from "../../../chains/clients/Interest.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { rejected } from "../thrown.ts";
import { MemoryCursor } from "./MemoryCursor.ts";
import { type PlannedEvent, TaskEventChain } from "./TaskEventChain.ts";

/** Tasks of a long history, a block each between others without any, which end ten blocks after they begin. */
const TASKS = 2_000;
const BLOCKS_A_TASK = 10;
const BLOCKS_A_REQUEST = 100;

const began = (task: bigint): PlannedEvent => ({
  name: "TaskPublished",
  args: { task },
  transactionHash: `begin ${task}`,
});
const ended = (task: bigint): PlannedEvent => ({
  name: "TaskClosed",
  args: { task },
  transactionHash: `end ${task}`,
});

/** A program that is done with a task once it has ended, and takes it for over once that is final. */
function interestIn(chain: TaskEventChain, isOver = true): Interest {
  const hasEnded = (task: bigint, until: number) =>
    chain
      .events(0, until)
      .some(({ name, args }) => name === "TaskClosed" && "task" in args && args.task === task);
  return {
    names: ["TaskPublished", "TaskClosed"],
    begins: "TaskPublished",
    concerns: async ({ args: { task } }) => !hasEnded(task, chain.head),
    ...(isOver && { isOver: async (task: bigint) => hasEnded(task, chain.final) }),
  };
}

describe("A follower's cursor", () => {
  let chain: TaskEventChain;
  let cursor: MemoryCursor;
  let follower: ChainFollower;

  const codes = () => chain.errors.map((error) => (error as BaseError).code);
  const mine = (blocks: number, ...events: PlannedEvent[]) => {
    if (events.length > 0) chain.mine(events);
    for (let i = events.length > 0 ? 1 : 0; i < blocks; i++) chain.mine([]);
  };
  /** Has blocks come and be read, and looks after the cursor. */
  async function pass(blocks: number, ...events: PlannedEvent[]): Promise<void> {
    mine(blocks, ...events);
    await follower.poll();
    await follower.keepCursor();
  }
  /** Begins to follow, with a cursor or without, and reads up to the present; what that took. */
  async function start(interest = interestIn(chain), store: MemoryCursor | undefined = cursor) {
    await follower?.stop();
    Object.assign(chain.read, { requests: 0, blocks: 0, events: 0, headers: 0 });
    follower = chain.follow(interest, BLOCKS_A_REQUEST, store);
    follower.subscribe(({ name, args }) => {
      if (name === "TaskClosed") follower.forget(args.task);
    });
    await follower.poll();
    return { ...chain.read };
  }

  beforeEach(() => {
    chain = new TaskEventChain(3);
    cursor = new MemoryCursor();
  });
  afterEach(() => follower.stop());

  it(`spares a restart nearly all of ${TASKS} tasks' history, and what is kept stays as small`, async () => {
    const interest: Interest = {
      names: ["TaskPublished", "TaskClosed"],
      begins: "TaskPublished",
      // Of ids, which end in order: this history is too long to look through for each.
      concerns: async ({ args: { task } }) => (task + 1n) * BigInt(BLOCKS_A_TASK) >= chain.head,
      isOver: async (task) => (task + 1n) * BigInt(BLOCKS_A_TASK) <= chain.final,
    };
    follower = chain.follow(interest, BLOCKS_A_REQUEST, cursor);
    follower.subscribe(({ name, args }) => {
      if (name === "TaskClosed") follower.forget(args.task);
    });
    let open = 0;
    for (let task = 0n; task < TASKS; task++) {
      mine(BLOCKS_A_TASK, ...(task > 0n ? [ended(task - 1n)] : []), began(task));
      await follower.poll();
      await follower.keepCursor();
      open = Math.max(open, follower.sizes.open);
    }
    const whole = await start(interest, new MemoryCursor());
    const spared = await start(interest);
    expect(whole.blocks).to.equal(TASKS * BLOCKS_A_TASK + 1);
    expect(whole.requests).to.equal(Math.ceil((TASKS * BLOCKS_A_TASK + 1) / BLOCKS_A_REQUEST));
    expect(whole.events).to.equal(2 * TASKS - 1);
    expect(spared.blocks).to.be.at.most(3 * BLOCKS_A_TASK);
    expect(spared.requests).to.equal(1);
    expect(spared.events).to.be.at.most(6);
    expect(open, "tasks that it held to be open").to.be.at.most(4);
    expect(follower.keeps(BigInt(TASKS - 1))).to.equal(true);
    expect(follower.hasRead(BigInt(TASKS - 1))).to.equal(true);
    expect(chain.errors).to.deep.equal([]);
  });

  it("stays before the oldest task that is not over, also when the program has forgotten it", async () => {
    mine(9);
    await start();
    await pass(10, began(1n));
    await pass(10, began(2n));
    expect(cursor.kept!.begin.number).to.equal(9);
    await pass(10, ended(1n));
    expect(cursor.kept!.begin.number).to.equal(19);
    // Something may still be done about it, though not by this program.
    follower.forget(2n);
    await pass(10);
    expect(cursor.kept!.begin.number).to.equal(19);
    expect(cursor.kept!.newest).to.equal(1n);
    await start();
    expect(chain.read.blocks).to.equal(chain.head - 19);
    expect(follower.keeps(2n)).to.equal(true);
    expect(follower.keeps(1n)).to.equal(false);
    expect(follower.hasRead(1n)).to.equal(true);
    expect(follower.hasRead(3n)).to.equal(false);
    const error = await rejected(follower.first({ name: "TaskPublished", task: 1n }));
    expect(error.code).to.equal("TASK_FORGOTTEN");
  });

  it("passes no task whose end a reorganization may take back, nor a block", async () => {
    mine(9);
    await start();
    await pass(10, began(1n));
    await pass(1, ended(1n));
    expect(cursor.kept!.begin.number).to.equal(9);
    await pass(2);
    expect(cursor.kept!.begin.number).to.equal(9);
    await pass(1);
    expect(chain.final).to.equal(20);
    expect(cursor.kept!.begin.number).to.equal(20);
    await pass(1);
    expect(cursor.kept!.begin.number).to.equal(20);
  });

  it("goes by what is forgotten where the program hears final ends alone", async () => {
    mine(9);
    await start(interestIn(chain, false));
    await pass(10, began(1n));
    await pass(10, ended(1n), began(2n));
    await pass(10);
    expect(cursor.kept!.begin.number).to.equal(19);
    expect(cursor.kept!.newest).to.equal(1n);
  });

  it("waits for a block where blocks are final later than they are remembered", async () => {
    chain = new TaskEventChain(300);
    await start();
    for (let i = 0; i < 700; i++) await pass(1);
    expect(cursor.kept!.begin.number).to.be.within(300, chain.final);
  });

  describe("is not trusted, and all is read again,", () => {
    beforeEach(async () => {
      mine(9);
      await start();
      await pass(10, began(1n));
      await pass(10, ended(1n), began(2n));
      await pass(30);
      expect(cursor.kept).to.deep.include({ newest: 1n });
      expect(cursor.kept!.begin.number).to.equal(19);
      expect(cursor.kept!.final.number).to.equal(26);
      await follower.stop();
    });
    afterEach(() => {
      expect(chain.read.blocks).to.equal(chain.head + 1);
      expect(codes()).to.deep.equal(["CURSOR_UNUSABLE"]);
    });

    it("when its block was replaced", async () => {
      chain.unwind(55);
      mine(80, began(1n));
      await start();
      expect(follower.keeps(1n)).to.equal(true);
      expect(follower.keeps(2n)).to.equal(false);
    });

    it("when only blocks were replaced that had been final when it was kept", async () => {
      chain.unwind(40);
      mine(60, began(2n));
      await start();
      // Its end is no longer there.
      expect(follower.keeps(1n)).to.equal(true);
      expect(follower.keeps(2n)).to.equal(true);
    });

    it("when the chain is shorter than it was", async () => {
      chain.unwind(35);
      await start();
      expect(follower.keeps(2n)).to.equal(true);
    });

    it("when it cannot be read", async () => {
      cursor.load = async () => {
        throw Object.assign(new Error("cut off"), { code: "CURSOR_UNUSABLE" });
      };
      await start();
      expect(follower.keeps(2n)).to.equal(true);
    });
  });

  it("goes on no more when blocks are replaced that were final, until the program is started again", async () => {
    mine(9);
    await start();
    await pass(10, began(1n));
    await pass(20, ended(1n));
    const { kept } = cursor;
    expect(kept!.begin.number).to.equal(19);
    chain.unwind(20);
    await pass(40);
    await pass(40);
    expect(cursor.kept).to.equal(kept);
    await start();
    expect(codes()).to.deep.equal(["CHAIN_REORGANIZED", "CURSOR_UNUSABLE"]);
    expect(follower.keeps(1n)).to.equal(true);
  });

  it("waits for a chain that does not answer at the start, and then uses it", async () => {
    mine(10);
    await start();
    await pass(10);
    expect(cursor.kept).to.not.equal(undefined);
    await follower.stop();
    follower = chain.follow(interestIn(chain), BLOCKS_A_REQUEST, cursor);
    chain.silent = true;
    expect(await rejected(follower.poll())).to.be.instanceOf(RpcUnavailable);
    chain.silent = false;
    const before = chain.read.blocks;
    await follower.poll();
    expect(chain.read.blocks - before).to.equal(chain.head - cursor.kept!.begin.number);
  });

  it("tells once that it cannot be kept, and goes on", async () => {
    mine(10);
    await start();
    cursor.save = async () => {
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    };
    for (let i = 0; i < 3; i++) await pass(10);
    expect(codes()).to.deep.equal(["ENOSPC"]);
  });
});
