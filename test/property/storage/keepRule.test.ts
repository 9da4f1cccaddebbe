import { expect } from "chai";
import * as fc from "fast-check";

import { LEAD_MILLISECONDS, mayGo, type TaskSpan } from "../../../storage/keepRule.ts";

const HOUR = 3_600_000;
const KEEP = { keepMilliseconds: 72 * HOUR };
const hours = (most: number) => fc.nat({ max: most }).map((n) => n * HOUR);
const tasks: fc.Arbitrary<TaskSpan[]> = fc.array(
  fc
    .record({ publishedAt: hours(500), lasts: fc.option(hours(200), { nil: undefined }) })
    .map(({ publishedAt, lasts }) => ({
      publishedAt,
      overAt: lasts === undefined ? undefined : publishedAt + lasts,
    })),
  { maxLength: 6 },
);

describe("what storage keeps, for any tasks", () => {
  it("is all that was put for a task, until that is over and for the time of audits after it", () => {
    fc.assert(
      fc.property(tasks, fc.nat(), hours(900), fc.nat({ max: 99 }), (all, which, now, percent) => {
        const task = all[which % Math.max(1, all.length)];
        if (task === undefined) return;
        const [first, last] = [task.publishedAt - LEAD_MILLISECONDS, Math.min(task.overAt ?? now, now)];
        if (last < first) return;
        const putAt = first + Math.floor(((last - first) * percent) / 100);
        const isNeeded = task.overAt === undefined || now < task.overAt + KEEP.keepMilliseconds;
        if (isNeeded) expect(mayGo(putAt, now, all, KEEP)).to.equal(false);
      }),
    );
  });

  it("goes in the end, once all tasks are over", () => {
    fc.assert(
      fc.property(tasks, hours(500), (all, putAt) => {
        const over = all.map(({ publishedAt, overAt = publishedAt }) => ({ publishedAt, overAt }));
        const end = Math.max(putAt, ...over.map(({ overAt }) => overAt)) + KEEP.keepMilliseconds;
        expect(mayGo(putAt, end, over, KEEP)).to.equal(true);
      }),
    );
  });

  it("does not go before its time, without any task", () => {
    expect(mayGo(0, KEEP.keepMilliseconds - 1, [], KEEP)).to.equal(false);
    expect(mayGo(0, KEEP.keepMilliseconds, [], KEEP)).to.equal(true);
    const later = { publishedAt: LEAD_MILLISECONDS + 1, overAt: undefined };
    expect(mayGo(0, KEEP.keepMilliseconds, [later], KEEP)).to.equal(true);
    const over = { publishedAt: -10, overAt: -1 };
    expect(mayGo(0, KEEP.keepMilliseconds, [over], KEEP)).to.equal(true);
  });
});
