import { expect } from "chai";

import { systemClock } from "../../../protocol/Clock.ts";
import type { TaskSpan } from "../../../storage/keepRule.ts";
import { type Cleaned, StorageCleaner } from "../../../storage/StorageCleaner.ts";

const DAY = 86_400_000;

describe("StorageCleaner", () => {
  /** What it asks of files that were put at these times. */
  function cleaner(putAt: readonly number[], now: number, tasks: () => Promise<TaskSpan[]>) {
    const gone: number[] = [];
    const errors: unknown[] = [];
    const cleaned: Cleaned[] = [];
    const stop = new AbortController();
    const one = new StorageCleaner(
      { keepMilliseconds: 2 * DAY },
      {
        tasks,
        release: (mayGo) => {
          gone.push(...putAt.filter(mayGo));
          return { digests: gone.length, bytes: 0 };
        },
        clock: { ...systemClock, now: () => now, sleep: async () => stop.abort() },
        onCleaned: (what) => cleaned.push(what),
        onError: (error) => errors.push(error),
      },
    );
    return { gone, errors, cleaned, run: () => one.run(stop.signal) };
  }

  it("removes what no task can need, by what the chains say", async () => {
    const tasks = [{ publishedAt: 5 * DAY, overAt: 7 * DAY }];
    const { gone, cleaned, run } = cleaner(
      [1 * DAY, 4.5 * DAY, 6 * DAY, 8 * DAY],
      8.9 * DAY,
      async () => tasks,
    );
    await run();
    expect(gone).to.deep.equal([1 * DAY]);
    expect(cleaned).to.deep.equal([{ digests: 1, bytes: 0 }]);
  });

  it("removes nothing while the chains do not answer", async () => {
    const silent = new Error("silent");
    const { gone, errors, run } = cleaner([0], 100 * DAY, async () => {
      throw silent;
    });
    await run();
    expect([gone, errors]).to.deep.equal([[], [silent]]);
  });
});
