import { expect } from "chai";
import type { Clock } from "../../../protocol/Clock.ts";
import type { TaskContext } from "../../../workers/TaskContext.ts";
import { TwinData } from "../../../workers/TwinData.ts";

/** A twin whose device has synchronized so many of two batches, and the seconds that it waited for more in a round. */
async function waited(synchronized: (seconds: number) => number): Promise<number> {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal?.aborted) now += milliseconds;
    },
  };
  const follower = {
    collect: async (_: unknown, areEnough: (events: unknown[]) => boolean, ended: AbortSignal) => {
      const began = now;
      if (areEnough(Array(synchronized(began / 1000)))) return;
      await new Promise((resolve) => ended.addEventListener("abort", resolve));
      for (let at = began; at <= now; at += 1000) {
        if (!areEnough(Array(synchronized(at / 1000)))) continue;
        now = at;
        return;
      }
      throw new Error("ended");
    },
  };
  const data = new TwinData({ twin: "0x1234" }, { follower, clock } as unknown as ConstructorParameters<
    typeof TwinData
  >[1]);
  const context = {
    task: 1n,
    terms: { commitSeconds: 20 },
    times: { startTime: 0, epochSeconds: 100, rounds: 1 },
    schedule: { lastBy: () => 1 },
  } as unknown as TaskContext;
  await data.arrived(context, 0, new AbortController().signal);
  return now / 1000;
}

describe("a twin whose device is late", () => {
  for (const { it: what, has, seconds } of [
    { it: "does not wait when all is there", has: () => 2, seconds: 0 },
    { it: "trains on what it has after half the commit phase", has: () => 1, seconds: 10 },
    { it: "waits longer for its first data", has: (at: number) => (at < 13 ? 0 : 1), seconds: 13 },
    { it: "leaves a quarter of the phase when nothing comes", has: () => 0, seconds: 15 },
  ]) {
    it(what, async () => {
      expect(await waited(has)).to.equal(seconds);
    });
  }
});
