import { expect } from "chai";
import { lazySchedule } from "../../../../tasks/population/lazySchedule.ts";

const END = 160;
const SCHEDULE = {
  ...{ count: 10, freshSeconds: 6, freshUntil: END },
  timeOf: (j: number) => 100 + 6 * j,
  lastBy: (time: number) => Math.max(-1, Math.min(9, Math.floor((time - 100) / 6))),
};

describe("lazySchedule", () => {
  const lazy = (given: object) =>
    lazySchedule(SCHEDULE, [{ kind: "lazy", refreshes: 1, lateness: 0, samples: 1, ...given }], END);
  const times = (given: object) => {
    const { count, timeOf } = lazy(given);
    return Array.from({ length: count }, (_, j) => timeOf(j));
  };

  it("is the schedule of who is not lazy with refreshes", () => {
    expect(lazySchedule(SCHEDULE, [], END)).to.equal(SCHEDULE);
    expect(lazySchedule(SCHEDULE, [{ kind: "copy" }], END)).to.equal(SCHEDULE);
    expect(lazy({ samples: 0.1 })).to.equal(SCHEDULE);
  });

  it("leaves refreshes out, and delays them", () => {
    expect(times({ refreshes: 0.5 })).to.deep.equal([100, 112, 124, 136, 148]);
    expect(times({ refreshes: 0.3 })).to.deep.equal([100, 118, 136]);
    expect(times({ refreshes: 0 })).to.deep.equal([]);
    expect(times({ refreshes: 0.5, lateness: 1 })).to.deep.equal([106, 118, 130, 142, 154]);
    expect(times({ lateness: 9.5 })).to.deep.equal([157]);
  });

  it("knows the last refresh by a time, and no further ones", () => {
    const { lastBy, freshUntil } = lazy({ refreshes: 0.5, lateness: 1 });
    expect([99, 105, 106, 117, 118, 1000].map(lastBy)).to.deep.equal([-1, -1, 0, 0, 1, 4]);
    expect(freshUntil).to.equal(undefined);
  });
});
