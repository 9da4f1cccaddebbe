import { expect } from "chai";

import type { Clock } from "../../../protocol/Clock.ts";
import { untilRevealsBegin } from "../../../workers/untilRevealsBegin.ts";
import { rejected } from "../thrown.ts";

/** Commits are taken until 140, reveals from 142 until 152. */
const ROUND = { task: 1n, round: 3, commitSeconds: 40, revealSeconds: 10 };

describe("a worker that waits for a round's reveals", () => {
  /** Seconds: the chain's time now. */
  let time: number;
  /** How far this machine's clock is ahead of the chain's, seconds. */
  let ahead: number;
  let task: { status: string; round: number };
  let round: { openedAt: number; revealsOpenedAt: number; closed: boolean };
  let main: () => Promise<{ round: number; refunded: boolean }>;
  /** What the chain's next block has as its time. */
  let nextTime: () => number;
  /** The time of its latest block; `nextTime` unless set. */
  let minedTime: (() => number) | undefined;
  /** From block to block, where they come of themselves. */
  let blockSeconds: number;
  /** The time of its newest final block; that of its latest unless set. */
  let finalTime: (() => number) | undefined;
  /** Makes the follower hear of the round. */
  let tell: () => void;
  let changes: (() => void)[];

  beforeEach(() => {
    time = 100;
    ahead = 0;
    task = { status: "Open", round: 3 };
    round = { openedAt: 100, revealsOpenedAt: 0, closed: false };
    main = async () => ({ round: 3, refunded: false });
    nextTime = () => Math.floor(time);
    minedTime = undefined;
    finalTime = undefined;
    blockSeconds = 0;
    changes = [];
  });

  async function wait(signal = new AbortController().signal): Promise<number> {
    const clock: Clock = {
      now: () => (time + ahead) * 1000,
      sleep: async (milliseconds, ended) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (ended?.aborted) return;
        time += milliseconds / 1000;
        for (const change of changes) change();
      },
    };
    const heard = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await untilRevealsBegin(
      ROUND,
      {
        main: { taskOf: () => main() },
        subchain: {
          taskOf: async () => task,
          roundOf: async () => ({ ...round }),
          client: {
            nextTime: async () => nextTime(),
            time: async () => (minedTime ?? nextTime)(),
            blockSeconds,
          },
          finalTime: async () => (finalTime ?? minedTime ?? nextTime)(),
        },
        follower: { first: () => heard },
        clock,
      } as unknown as Parameters<typeof untilRevealsBegin>[1],
      signal,
    );
    return time;
  }

  it("goes by the subchain's time, however far this machine's clock is ahead", async () => {
    for (ahead of [0, 3, 30, 3600]) {
      time = 100;
      expect(await wait(), `${ahead} s ahead`).to.be.within(142, 142.31);
    }
  });

  it("waits for a block of that time where blocks are far apart", async () => {
    nextTime = () => Math.floor(time / 5) * 5;
    expect(await wait()).to.be.within(145, 145.31);
  });

  it("waits by time until the end of commits is final, as a reorganization may bring blocks of before", async () => {
    blockSeconds = 2;
    nextTime = () => Math.floor(time / 2) * 2;
    finalTime = () => nextTime() - 6;
    expect(await wait()).to.be.within(146, 146.31);
    // That reveals begin, the relay chain only says of what is final.
    time = 100;
    round.revealsOpenedAt = 130;
    expect(await wait()).to.be.below(146);
  });

  it("goes by blocks that are there, as long as such come, where its node's clock is ahead as its own is", async () => {
    ahead = 30;
    nextTime = () => Math.floor(time) + 30;
    minedTime = () => Math.floor(time);
    expect(await wait()).to.be.within(142, 142.31);
  });

  it("believes its node of a chain that makes no block, a little later", async () => {
    minedTime = () => 100;
    expect(await wait()).to.be.within(143, 143.7);
  });

  it("begins as soon as the relay chain said so", async () => {
    changes.push(() => {
      round.revealsOpenedAt = 110;
    });
    ahead = 100;
    time = 110;
    expect(await wait()).to.be.below(112);
  });

  it("does not ask without pause when it heard of what its node does not show yet", async () => {
    setImmediate(() => tell());
    let asked = 0;
    minedTime = () => 101;
    nextTime = () => {
      if (++asked === 5) round.revealsOpenedAt = 101;
      return 101;
    };
    expect(await wait()).to.be.within(101, 102);
    expect(asked).to.equal(6);
  });

  const overs: [what: string, happen: () => void, said: RegExp][] = [
    ["was abandoned", () => (round.closed = true), /its subchain has closed it/],
    ["was followed by the next", () => (task.round = 4), /its subchain has closed it/],
    ["belongs to a task that expired", () => (task.status = "Expired"), /its task has ended/],
    ["takes no reveals any more", () => (time += 60), /time for reveals has passed/],
    ["is final on the main chain", () => (main = async () => ({ round: 4, refunded: false })), /it is final/],
    [
      "was paid back for on the main chain",
      () => (main = async () => ({ round: 3, refunded: true })),
      /was paid back/,
    ],
  ];
  for (const [what, happen, said] of overs) {
    it(`shows nothing when the round ${what} meanwhile`, async () => {
      changes.push(happen);
      const error = await rejected(wait());
      expect(error.code).to.equal("ROUND_OVER");
      expect(error.shortMessage).to.match(said);
    });
  }

  it("needs no main chain: one that is silent or fails is not waited for", async () => {
    main = () => new Promise(() => undefined);
    expect(await wait()).to.be.within(142, 144);
    time = 100;
    main = async () => {
      throw new Error("it does not answer");
    };
    expect(await wait()).to.be.within(142, 144);
  });

  it("ends when it is stopped", async () => {
    const stop = new AbortController();
    nextTime = () => 100;
    changes.push(() => {
      if (time > 200) stop.abort();
    });
    expect(await wait(stop.signal)).to.be.above(200);
  });
});
