import { expect } from "chai";
import { aggregatorOnSubchain } from "../../../aggregators/aggregatorInterest.ts";
import { firstBatchOf } from "../../../aggregators/firstBatchOf.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { type PlannedEvent, TaskEventChain } from "../chains/TaskEventChain.ts";
import { rejected } from "../thrown.ts";

const TASK = 4n;
const TWIN = "0xAbC1";

describe("firstBatchOf", () => {
  let made = 0;
  const event = (name: string, args: Record<string, unknown> = {}): PlannedEvent => ({
    name,
    args: { task: TASK, ...args },
    transactionHash: `${made++}`,
  });
  const synchronized = (twin: string, dataDigest: string) => event("TwinSynchronized", { twin, dataDigest });
  const committed = (worker: string) => event("UpdateCommitted", { worker });
  const follow = (...blocks: PlannedEvent[][]) => {
    const chain = new TaskEventChain();
    chain.mine([event("TaskArrived")]);
    for (const block of blocks) chain.mine(block);
    return { chain, follower: chain.follow(aggregatorOnSubchain({ concerns: async () => true })) };
  };

  it("is what a worker synchronized before its first commit, however it is spelled", async () => {
    const { follower } = follow(
      [synchronized("0xB0", "0x01")],
      [synchronized(TWIN, "0x02"), synchronized(TWIN, "0x03")],
      [committed("0xB0"), committed(TWIN)],
    );
    await follower.poll();
    const clock = new VirtualClock(0);
    const batch = await firstBatchOf({ task: TASK, worker: TWIN.toLowerCase() }, { follower, clock });
    expect(batch).to.equal("0x02");
    expect(clock.waiting).to.equal(0);
  });

  it("is none of who synchronized after that, or nothing", async () => {
    const { follower } = follow([committed(TWIN)], [synchronized(TWIN, "0x02")], [committed(TWIN)]);
    await follower.poll();
    expect(
      await firstBatchOf({ task: TASK, worker: TWIN }, { follower, clock: new VirtualClock(0) }),
    ).to.equal(undefined);
  });

  it("waits until the commit was read, before which it may not have read of a batch", async () => {
    const { chain, follower } = follow();
    await follower.poll();
    const clock = new VirtualClock(0);
    const asked = firstBatchOf({ task: TASK, worker: TWIN }, { follower, clock });
    chain.mine([synchronized(TWIN, "0x05"), committed(TWIN)]);
    await clock.advance(4000);
    await follower.poll();
    expect(await asked).to.equal("0x05");
  });

  it("gives up on a commit that it does not read of", async () => {
    const { follower } = follow([synchronized(TWIN, "0x02")]);
    await follower.poll();
    const clock = new VirtualClock(0);
    const asked = rejected(firstBatchOf({ task: TASK, worker: TWIN }, { follower, clock }));
    await clock.advance(5000);
    expect(await asked).to.include({ code: "RECEIPTS_BUSY", retryable: true });
  });
});
