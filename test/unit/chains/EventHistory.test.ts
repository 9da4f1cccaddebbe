import { expect } from "chai";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import { EventHistory } from "../../../chains/clients/EventHistory.ts";

describe("EventHistory", () => {
  const event = (
    blockNumber: number,
    name: string,
    args: Record<string, unknown>,
    logIndex = 0,
  ): ChainEvent =>
    ({ name, args, address: "0x", blockNumber, logIndex, transactionHash: `0x${blockNumber}` }) as ChainEvent;
  const EVENTS = [
    event(1, "TaskArrived", { task: 1n }),
    event(2, "TaskArrived", { task: 2n }),
    event(3, "WorkerRegistered", { worker: "a" }),
    event(4, "RoundStarted", { task: 1n, round: 0 }, 0),
    event(4, "RoundStarted", { task: 2n, round: 0 }, 1),
    event(5, "RoundClosed", { task: 1n, round: 0 }),
    event(6, "RoundStarted", { task: 1n, round: 1 }),
  ];
  let history: EventHistory;
  beforeEach(() => {
    history = new EventHistory();
    for (const one of EVENTS) history.add(one);
  });
  const blocks = (events: readonly ChainEvent[]) => events.map(({ blockNumber }) => blockNumber);

  it("finds events by name, of all tasks or of one", () => {
    expect(blocks(history.select({ name: "TaskArrived" }))).to.deep.equal([1, 2]);
    expect(blocks(history.select({ name: "RoundStarted", task: 1n }))).to.deep.equal([4, 6]);
    expect(blocks(history.select({ name: "WorkerRegistered" }))).to.deep.equal([3]);
    expect(blocks(history.select({ name: "TaskClosed" }))).to.deep.equal([]);
  });

  it("finds several names in the order of the chain, and only what fits", () => {
    const name = ["RoundClosed", "RoundStarted"] as const;
    expect(blocks(history.select({ name, task: 1n }))).to.deep.equal([4, 5, 6]);
    expect(blocks(history.select({ name, where: ({ args }) => args.round === 0 }))).to.deep.equal([4, 4, 5]);
  });

  it("is asked for a task's events only where they name their task", () => {
    // @ts-expect-error An account's events name it by application and number.
    expect(history.select({ name: "Refunded", task: 1n })).to.deep.equal([]);
    // @ts-expect-error One of the two names no task.
    expect(history.select({ name: ["TaskClosed", "Refunded"], task: 1n })).to.deep.equal([]);
  });

  it("takes back what came after a block, wherever it is found", () => {
    history.cutAfter(4);
    expect(history.size).to.equal(5);
    expect(blocks(history.all)).to.deep.equal([1, 2, 3, 4, 4]);
    expect(blocks(history.select({ name: "RoundStarted", task: 1n }))).to.deep.equal([4]);
    expect(blocks(history.select({ name: "RoundClosed" }))).to.deep.equal([]);
    history.add(event(5, "RoundStarted", { task: 1n, round: 7 }));
    expect(blocks(history.select({ name: "RoundStarted", task: 1n }))).to.deep.equal([4, 5]);
  });

  it("keeps the first alone of a task's events with one key, in the branch that is read", () => {
    const firsts = new EventHistory(({ name, args }) =>
      name === "TwinSynchronized" ? args.twin : undefined,
    );
    const synchronized = (block: number, task: bigint, twin: string) =>
      firsts.add(event(block, "TwinSynchronized", { task, twin }));
    const kept = (task: bigint) => blocks(firsts.select({ name: "TwinSynchronized", task }));
    for (const block of [1, 2, 3]) {
      synchronized(block, 1n, "a");
      firsts.add(event(block, "RoundStarted", { task: 1n, round: block }));
    }
    synchronized(4, 1n, "b");
    synchronized(4, 2n, "a");
    expect([kept(1n), kept(2n), firsts.size]).to.deep.equal([[1, 4], [4], 6]);
    // The block with b's first is replaced: then its next is the first.
    firsts.cutAfter(3);
    synchronized(5, 1n, "a");
    synchronized(6, 1n, "b");
    expect([kept(1n), kept(2n), firsts.size]).to.deep.equal([[1, 6], [], 5]);
    firsts.cutAfter(0);
    synchronized(1, 1n, "a");
    expect(kept(1n)).to.deep.equal([1]);
    firsts.drop(1n);
    synchronized(2, 1n, "a");
    expect([kept(1n), firsts.size]).to.deep.equal([[2], 1]);
  });

  it("drops a task's events, and no other's", () => {
    history.drop(1n);
    expect(blocks(history.all)).to.deep.equal([2, 3, 4]);
    expect(history.size).to.equal(3);
    expect(history.select({ name: "RoundStarted", task: 1n })).to.deep.equal([]);
    expect(blocks(history.select({ name: "RoundStarted" }))).to.deep.equal([4]);
    history.drop(7n);
    expect(history.size).to.equal(3);
  });

  it("holds 200,000 events of one task, finds them and takes them back", () => {
    const many = new EventHistory();
    for (let i = 0; i < 200_000; i++)
      many.add(event(i, i % 2 === 0 ? "DataRefreshed" : "UpdateCommitted", { task: 1n }));
    expect(many.select({ name: "DataRefreshed", task: 1n })).to.have.length(100_000);
    const both = many.select({ name: ["DataRefreshed", "UpdateCommitted"], task: 1n });
    expect(both.map(({ blockNumber }) => blockNumber)).to.deep.equal(both.map((_, i) => i));
    expect(many.size).to.equal(200_000);
    many.cutAfter(-1);
    expect(many.all).to.deep.equal([]);
    expect(many.size).to.equal(0);
  });
});
