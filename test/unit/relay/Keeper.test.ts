import { expect } from "chai";
import { id, ZeroHash } from "ethers";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { BILLION } from "../../../numerics/Share.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { Keeper } from "../../../relay/Keeper.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { MemoryCursor } from "../chains/MemoryCursor.ts";

/** A task whose epoch is over, with its round closed. */
interface FakeTask {
  enrolled: number;
  recorded: number;
  settled: boolean;
}

/** Of all tasks: a round waits for everybody's commit. */
const TIMES = { commitSeconds: 120, revealSeconds: 120, quorumPpb: BILLION };

/** A round that takes commits for long. */
const ROUND_TO_COME = {
  ...{ openedAt: 9_999, startedAt: 9_999, commitsClosedAt: 0, revealsOpenedAt: 0 },
  ...{ committed: 0, revealed: 0 },
};

describe("Keeper", () => {
  let now: number;
  let sleeps: number;
  let clock: Clock;
  let head: number;
  let events: ChainEvent[];
  let tasks: Map<bigint, FakeTask>;
  let settled: [task: bigint, workers: readonly string[]][];
  let looked: bigint[];
  let failing: bigint | undefined;
  let hanging: bigint[];
  let heard: RelayEvent[];
  /** Of all tasks: what is drawn, and how many workers for a round. */
  let beacon: { blockNumber: number; value: string };
  let workersPerRound: number;
  /** The open round of all tasks. */
  let round: Record<string, unknown>;
  let draws: number;
  let keeper: Keeper;
  let begin: () => Keeper;
  /** By the chain's name; a keeper has none unless there is one. */
  let cursors: Map<string, MemoryCursor>;
  /** From which block on events were asked for. */
  let askedFrom: number[];

  /** A chain in memory, whose events are those of the test. */
  function client(name: string, all: () => ChainEvent[]) {
    return {
      name,
      clock,
      onHead: () => () => undefined,
      rpc: {
        request: async (_: string, [tag]: [string]) => {
          const number = tag === "latest" ? head : Number(tag);
          return {
            number,
            hash: `${name} ${number}`,
            parentHash: `${name} ${number - 1}`,
            timestamp: number,
          };
        },
      },
      events: async (_: unknown, from: number, to: number) => {
        if (name === "sub") askedFrom.push(from);
        return all().filter(({ blockNumber }) => blockNumber >= from && blockNumber <= to);
      },
    };
  }

  function happen(name: string, args: Record<string, unknown>): void {
    head++;
    const place = { blockNumber: head, blockHash: `b ${head}`, transactionHash: `t ${head}`, logIndex: 0 };
    events.push({ contract: "LearningSubchain", name, args, ...place } as unknown as ChainEvent);
  }

  function arrive(task: bigint, state: FakeTask): void {
    tasks.set(task, state);
    happen("TaskArrived", { task });
  }

  beforeEach(() => {
    now = 10_000_000;
    sleeps = 0;
    clock = {
      now: () => now,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          sleeps++;
          if (signal?.aborted) resolve();
          else setImmediate(resolve);
        }),
    };
    head = 0;
    events = [];
    tasks = new Map();
    draws = 0;
    settled = [];
    looked = [];
    askedFrom = [];
    failing = undefined;
    hanging = [];
    heard = [];
    round = { closed: true };
    beacon = { blockNumber: 0, value: ZeroHash };
    workersPerRound = 0;
    const subchain = {
      client: client("sub", () => events),
      contracts: [],
      place: { fromBlock: 0, finality: { confirmations: 0 } },
      taskOf: async (task: bigint) => {
        looked.push(task);
        if (task === failing) throw new Error("something of this task");
        return {
          round: 0,
          startTime: 100,
          epochSeconds: 100,
          ...TIMES,
          workersPerRound,
          ...tasks.get(task)!,
        };
      },
      roundOf: async () => round,
      beaconOf: async () => beacon,
      // A block for each call, as on a local chain.
      drawBeacon: async () => {
        head++;
        draws++;
        if (beacon.blockNumber === 0) beacon = { ...beacon, blockNumber: head };
        else if (head > beacon.blockNumber) beacon = { ...beacon, value: id("beacon") };
      },
      closeCommits: async () => {
        round = { ...round, commitsClosedAt: now / 1000 };
      },
      closeRound: async () => {
        round = { ...round, closed: true };
      },
      settle: async (_: unknown, task: bigint, workers: readonly string[]) => {
        while (hanging.includes(task)) await new Promise((resolve) => setImmediate(resolve));
        settled.push([task, workers]);
        const state = tasks.get(task)!;
        state.recorded += workers.length;
        state.settled = state.recorded === state.enrolled;
      },
    };
    const main = {
      client: client("main", () => []),
      contracts: [],
      place: { fromBlock: 0, finality: { confirmations: 0 } },
    };
    cursors = new Map();
    begin = () =>
      new Keeper({
        main: main as unknown as MainChain,
        subchains: [subchain as unknown as Subchain],
        accountOn: async () => ({}) as never,
        listener: (event) => heard.push(event),
        clock,
        pollMilliseconds: 1,
        cursorOf: (chain) => cursors.get(chain.client.name),
      });
    keeper = begin();
  });

  afterEach(() => keeper.stop());

  /** Lets the keeper, and its followers of both chains, look a few times. */
  async function ticks(): Promise<void> {
    for (const enough = sleeps + 60; sleeps < enough; ) await new Promise((resolve) => setImmediate(resolve));
  }

  it("settles with those whose enrolment it has read, without a gap, and never with nobody while some are left", async () => {
    arrive(1n, { enrolled: 3, recorded: 0, settled: false });
    keeper.start();
    await ticks();
    expect(settled).to.deep.equal([]);
    happen("WorkerEnrolled", { task: 1n, index: 1, worker: "b" });
    await ticks();
    expect(settled).to.deep.equal([]);
    happen("WorkerEnrolled", { task: 1n, index: 0, worker: "a" });
    await ticks();
    expect(settled).to.deep.equal([[1n, ["a", "b"]]]);
    happen("WorkerEnrolled", { task: 1n, index: 2, worker: "c" });
    await ticks();
    expect(settled).to.deep.equal([
      [1n, ["a", "b"]],
      [1n, ["c"]],
    ]);
  });

  it("settles a subchain without workers once, before it hears of it", async () => {
    arrive(1n, { enrolled: 0, recorded: 0, settled: false });
    keeper.start();
    await ticks();
    expect(settled).to.deep.equal([[1n, []]]);
    expect(heard.map(({ type }) => type)).to.deep.equal(["epoch-settled"]);
  });

  describe("of a round", () => {
    const OPENED = 10_000;
    const closings = () => heard.map(({ type }) => type);

    beforeEach(() => {
      round = {
        ...{ closed: false, openedAt: OPENED, startedAt: OPENED, commitsClosedAt: 0, revealsOpenedAt: 0 },
        ...{ committed: 2, revealed: 0 },
      };
      arrive(1n, { enrolled: 3, recorded: 0, settled: true });
      keeper.start();
    });

    /** Lets it look so many seconds after the round was opened. */
    async function lookAt(seconds: number): Promise<void> {
      now = (OPENED + seconds) * 1000;
      await ticks();
    }

    it("that one worker does not commit to does not wait for reveals that nobody owes it", async () => {
      await lookAt(60);
      // The relay chain let them begin, as other subchains had closed theirs.
      round = { ...round, revealed: 2 };
      await lookAt(119);
      expect(closings()).to.deep.equal([]);
      await lookAt(120);
      expect(closings()).to.deep.equal(["round-closed"]);
    });

    it("waits for those that are owed it, until their time is over", async () => {
      round = { ...round, revealed: 1 };
      await lookAt(241);
      expect(closings()).to.deep.equal([]);
      await lookAt(242);
      expect(closings()).to.deep.equal(["round-closed"]);
    });

    it("closes the commits that all have made, and it once all have revealed", async () => {
      await lookAt(10);
      expect(closings()).to.deep.equal([]);
      round = { ...round, committed: 3 };
      await ticks();
      expect(closings()).to.deep.equal(["commits-closed"]);
      round = { ...round, revealed: 3 };
      await ticks();
      expect(closings()).to.deep.equal(["commits-closed", "round-closed"]);
    });
  });

  it("draws the beacon of a task whose rounds do not take all, in two calls", async () => {
    workersPerRound = 2;
    round = { closed: false, ...ROUND_TO_COME };
    arrive(1n, { enrolled: 3, recorded: 0, settled: false });
    keeper.start();
    await ticks();
    expect(draws).to.equal(2);
    expect(heard.filter(({ type }) => type === "beacon-drawn")).to.deep.equal([
      { type: "beacon-drawn", chain: "sub", task: 1n },
    ]);
  });

  it("draws none where all take part", async () => {
    for (const few of [0, 3, 4]) {
      workersPerRound = few;
      arrive(BigInt(few), { enrolled: 3, recorded: 0, settled: false });
    }
    keeper.start();
    await ticks();
    expect(draws).to.equal(0);
  });

  it("waits for no task whose call hangs, however many there are, and begins it no second time", async () => {
    for (let task = 1n; task <= 40n; task++) {
      hanging.push(task);
      arrive(task, { enrolled: 0, recorded: 0, settled: false });
    }
    keeper.start();
    await ticks();
    arrive(41n, { enrolled: 0, recorded: 0, settled: false });
    await ticks();
    expect(settled).to.deep.equal([[41n, []]]);
    expect(looked.filter((task) => task === 1n)).to.have.length(1);
    hanging = [];
    await ticks();
    expect(settled).to.have.length(41);
  });

  it("leaves only the task in trouble alone for a while", async () => {
    failing = 1n;
    arrive(1n, { enrolled: 0, recorded: 0, settled: false });
    keeper.start();
    await ticks();
    arrive(2n, { enrolled: 0, recorded: 0, settled: false });
    await ticks();
    expect(settled).to.deep.equal([[2n, []]]);
    expect(looked.filter((task) => task === 1n)).to.have.length(1);
    expect(heard.filter(({ type }) => type === "trouble")).to.have.length(1);
    failing = undefined;
    now += 3000;
    await ticks();
    expect(settled).to.deep.equal([
      [2n, []],
      [1n, []],
    ]);
  });

  it("goes on from its cursor when it is started again: with what is open, and without what is over", async () => {
    cursors.set("sub", new MemoryCursor());
    keeper.start();
    await ticks();
    for (const task of [1n, 2n]) {
      arrive(task, { enrolled: 2, recorded: 0, settled: false });
      await ticks();
    }
    happen("WorkerEnrolled", { task: 2n, index: 0, worker: "a" });
    happen("TaskFinished", { task: 1n });
    happen("EpochClosed", { task: 1n });
    await ticks();
    now += 30_000;
    await ticks();
    expect(cursors.get("sub")!.kept?.begin.number).to.equal(1);
    await keeper.stop();

    [looked, askedFrom] = [[], []];
    happen("WorkerEnrolled", { task: 2n, index: 1, worker: "b" });
    keeper = begin();
    keeper.start();
    await ticks();
    expect(askedFrom[0]).to.equal(2);
    expect(new Set(looked)).to.deep.equal(new Set([2n]));
    // Who was recorded before it knows, as it began before the task.
    expect(settled).to.deep.equal([
      [2n, ["a"]],
      [2n, ["b"]],
    ]);
  });
});
