import { expect } from "chai";
import { z } from "zod";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { Folding } from "../../../chains/clients/Fold.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { rejected } from "../thrown.ts";
import { MemorySnapshot } from "./MemorySnapshot.ts";
import { type PlannedEvent, TaskEventChain } from "./TaskEventChain.ts";

const BLOCKS_A_REQUEST = 100;
const CONFIRMATIONS = 3;

const said = (what: string): PlannedEvent => ({ name: "Said", args: { what }, transactionHash: what });

/** What a program makes of events: the words that they say, in a row. */
class Words {
  all: string[] = [];
  readonly store = new MemorySnapshot(z.array(z.string()));
  readonly besides: Folding[] = [];
  prepare = async () => {};

  add(event: ChainEvent): void {
    this.all.push(String(Reflect.get(event.args, "what")));
  }

  state(): string[] {
    return [...this.all];
  }

  restore(state: unknown): void {
    this.all = [...((state as string[] | undefined) ?? [])];
  }
}

describe("What is folded of a chain", () => {
  let chain: TaskEventChain;
  let words: Words;
  let follower: ChainFollower;

  const codes = () => chain.errors.map((error) => (error as BaseError).code);
  const details = () => (chain.errors.at(-1) as BaseError).details;
  const mine = (blocks: number, ...what: string[]) => {
    if (what.length > 0) chain.mine(what.map(said));
    for (let i = what.length > 0 ? 1 : 0; i < blocks; i++) chain.mine([]);
  };
  const kept = () =>
    words.store.text === undefined
      ? undefined
      : (JSON.parse(words.store.text) as { mark: { number: number }; state: string[] });
  /** Has blocks come and be read, and what is folded be kept. */
  async function pass(blocks: number, ...what: string[]): Promise<void> {
    mine(blocks, ...what);
    await follower.poll();
    await follower.keepCursor();
  }
  /** A process that begins anew, with what an earlier one kept; what it asked for. */
  async function start() {
    await follower?.stop();
    const { store, prepare, besides } = words;
    words = Object.assign(new Words(), { store, prepare, besides });
    Object.assign(chain.read, { requests: 0, blocks: 0, events: 0, headers: 0 });
    follower = chain.fold(words, (event) => words.add(event), { blocksPerRequest: BLOCKS_A_REQUEST });
    await follower.poll();
    return { ...chain.read };
  }

  beforeEach(() => {
    chain = new TaskEventChain(CONFIRMATIONS);
    words = new Words();
  });
  afterEach(() => follower.stop());

  it("is gone on with at the next start, after the last block that is in it", async () => {
    mine(500, "a");
    expect((await start()).requests).to.equal(5);
    await pass(10, "b", "c");
    expect(kept()).to.deep.include({ state: ["a", "b", "c"] });
    await pass(3, "d");
    await follower.stop();
    mine(5, "e");
    expect(await start()).to.deep.include({ requests: 1, blocks: chain.final - kept()!.mark.number });
    expect(words.all).to.deep.equal(["a", "b", "c", "d", "e"]);
    expect(codes()).to.deep.equal([]);
  });

  it("has nothing in it of a block that is not final", async () => {
    await start();
    await pass(1, "a");
    expect(kept()).to.equal(undefined);
    await pass(CONFIRMATIONS - 1);
    expect(kept()).to.equal(undefined);
    await pass(1);
    expect(kept()).to.deep.include({ state: ["a"] });
    expect(kept()!.mark.number).to.equal(chain.final);
  });

  it("is not kept of a block that was replaced meanwhile", async () => {
    await start();
    mine(10, "a");
    await follower.poll();
    chain.unwind(10);
    mine(12, "b");
    await follower.keepCursor();
    expect(kept()).to.equal(undefined);
    await follower.poll();
    await follower.keepCursor();
    expect(kept()).to.deep.include({ state: ["b"] });
  });

  it("is written anew only when something was told, or after a thousand blocks", async () => {
    await start();
    await pass(10, "a");
    await pass(500);
    expect(words.store.saves).to.equal(1);
    await pass(500);
    expect(words.store.saves).to.equal(2);
    expect((await start()).blocks).to.equal(0);
  });

  it("waits for a chain that does not answer at the start", async () => {
    await start();
    await pass(10, "a");
    chain.silent = true;
    expect(await rejected(start())).to.be.instanceOf(RpcUnavailable);
    chain.silent = false;
    words.prepare = async () => {
      throw new RpcUnavailable("It does not answer yet.");
    };
    expect(await rejected(follower.poll())).to.be.instanceOf(RpcUnavailable);
    words.prepare = async () => {};
    await follower.poll();
    expect(words.all).to.deep.equal(["a"]);
    expect(chain.read.blocks).to.equal(chain.final - kept()!.mark.number);
  });

  it("is whole once all is told up to the present, and not where the chain does not answer before", async () => {
    mine(10, "a");
    follower = chain.fold(words, (event) => words.add(event), {
      blocksPerRequest: 4,
      onRead: async () => {
        chain.silent = true;
      },
    });
    expect(await rejected(follower.poll())).to.be.instanceOf(RpcUnavailable);
    expect([words.all, follower.isWhole]).to.deep.equal([["a"], false]);
    for (let i = 0; i < 2; i++) {
      chain.silent = false;
      await follower.poll().catch(() => undefined);
    }
    chain.silent = false;
    await follower.poll();
    expect(follower.isWhole).to.equal(true);
  });

  it("tells once that it cannot be kept, and goes on", async () => {
    const save = words.store.save.bind(words.store);
    words.store.save = async () => {
      throw new Error("The disk is full.");
    };
    await start();
    await pass(10, "a");
    await pass(10, "b");
    expect(chain.errors).to.have.length(1);
    words.store.save = save;
    await pass(10, "c");
    expect(kept()).to.deep.include({ state: ["a", "b", "c"] });
  });

  describe("when blocks were replaced that had been final,", () => {
    beforeEach(async () => {
      await start();
      await pass(10, "a");
      await pass(10, "b");
      expect(kept()).to.deep.include({ state: ["a", "b"] });
    });

    it("is begun anew from what was kept, where that is still in the chain", async () => {
      const { number } = kept()!.mark;
      mine(10, "c");
      await follower.poll();
      chain.unwind(11);
      mine(12, "d");
      await follower.poll();
      expect(words.all).to.deep.equal(["a", "b", "d"]);
      expect(codes()).to.deep.equal(["CHAIN_REORGANIZED"]);
      expect(details()).to.contain(`they are read again from ${number + 1}.`);
      await follower.keepCursor();
      expect(kept()).to.deep.include({ state: ["a", "b", "d"] });
    });

    it("is begun anew from the first block otherwise, and kept again", async () => {
      chain.unwind(9);
      mine(9, "x");
      mine(10, "d");
      await follower.poll();
      expect(words.all).to.deep.equal(["a", "b", "x", "d"]);
      expect(codes()).to.deep.equal(["SNAPSHOT_UNUSABLE", "CHAIN_REORGANIZED"]);
      await follower.keepCursor();
      expect(kept()).to.deep.include({ state: ["a", "b", "x", "d"] });
    });

    it("stays as it is where nothing was told in them, and is kept again", async () => {
      mine(100);
      await follower.poll();
      chain.unwind(90);
      mine(95);
      await follower.poll();
      expect(codes()).to.deep.equal(["CHAIN_REORGANIZED"]);
      await pass(10, "c");
      expect(kept()).to.deep.include({ state: ["a", "b", "c"] });
    });

    it("is begun anew again where the chain does not answer in the midst of it", async () => {
      chain.unwind(9);
      mine(9, "x");
      mine(10, "d");
      words.prepare = async () => {
        throw new RpcUnavailable("It does not answer.");
      };
      expect(await rejected(follower.poll())).to.be.instanceOf(RpcUnavailable);
      expect(follower.isWhole).to.equal(true);
      words.prepare = async () => {};
      await follower.poll();
      expect(words.all).to.deep.equal(["a", "b", "x", "d"]);
    });
  });

  describe("is not gone on with, and all is folded anew,", () => {
    beforeEach(async () => {
      await start();
      await pass(10, "a");
      await pass(10, "b");
      await follower.stop();
    });
    afterEach(() => {
      expect(codes()).to.deep.equal(["SNAPSHOT_UNUSABLE"]);
    });

    it("when its block was replaced", async () => {
      chain.unwind(8);
      mine(12, "c");
      expect((await start()).blocks).to.equal(chain.final + 1);
      expect(words.all).to.deep.equal(["a", "b", "c"]);
      expect(details()).to.match(/^Block 17 of test is block \d+; what was read, and final, was block 17\.$/);
    });

    it("when the chain is shorter than it was", async () => {
      chain.unwind(6);
      expect((await start()).blocks).to.equal(chain.final + 1);
      expect(details()).to.contain("has no block 17, which was final");
    });

    it("when it cannot be read", async () => {
      words.store.load = async () => {
        throw Object.assign(new Error("cut off"), { code: "SNAPSHOT_UNUSABLE" });
      };
      expect((await start()).blocks).to.equal(chain.final + 1);
      expect(words.all).to.deep.equal(["a", "b"]);
    });
  });

  describe("with another chain's events in it", () => {
    let other: TaskEventChain;
    let others: Words;
    let another: ChainFollower;

    beforeEach(async () => {
      other = new TaskEventChain(CONFIRMATIONS);
      others = new Words();
      another = other.fold(others, (event) => others.add(event));
      words.besides.push(another);
    });
    afterEach(() => another.stop());

    async function passBoth(): Promise<void> {
      other.mine([said("theirs")]);
      for (let i = 0; i < 9; i++) other.mine([]);
      await another.poll();
      await pass(10, "a");
    }

    it("is kept once that was read, with its block, and is gone on with where both are as they were", async () => {
      await start();
      await pass(10, "a");
      expect(kept()).to.equal(undefined);
      await passBoth();
      expect(kept()).to.deep.include({ besides: [{ number: 7, hash: "block 7" }] });
      expect((await start()).requests).to.equal(0);
      expect(words.all).to.deep.equal(["a", "a"]);
    });

    it("is folded anew where that one's block was replaced", async () => {
      await start();
      await passBoth();
      other.unwind(8);
      for (let i = 0; i < 10; i++) other.mine([]);
      expect((await start()).blocks).to.equal(chain.final + 1);
      expect(codes()).to.deep.equal(["SNAPSHOT_UNUSABLE"]);
      expect(details()).to.contain("Block 7 of test");
    });

    it("is kept no more once that one's fold began anew, until the next start", async () => {
      await start();
      await passBoth();
      expect(words.store.saves).to.equal(1);
      other.unwind(10);
      for (let i = 0; i < 12; i++) other.mine([]);
      await another.poll();
      await pass(10, "b");
      expect(words.store.saves).to.equal(1);
      await start();
      await pass(10, "c");
      expect(words.store.saves).to.equal(2);
    });
  });
});
