import { expect } from "chai";
import fc from "fast-check";

import { gapsIn } from "../../../../dashboard/server/views/freshnessView.ts";
import { coveredIntervals } from "../../../../mechanisms/aoi-contract/audit/coverageOf.ts";

describe("covered and uncovered time", () => {
  it("is the whole epoch, each second once, whatever the refreshes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 900, max: 1400 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1000, max: 1300 }),
        (refreshes, periodSeconds, until) => {
          const from = 1000;
          const intervals = coveredIntervals({ from, refreshes, periodSeconds, until });
          const covered = intervals.map(({ from: begins, to }): [number, number] => [begins, to]);
          const seconds = new Array<number>(until - from).fill(0);
          for (const [begins, ends] of [...covered, ...gapsIn(covered, from, until)]) {
            for (let second = begins; second < ends; second++) seconds[second - from]!++;
          }
          const fresh = Array.from({ length: until - from }, (_, i) =>
            refreshes.some((at) => at <= from + i && from + i < at + periodSeconds),
          );
          expect(seconds.every((times) => times === 1)).to.equal(true);
          for (const [i, isFresh] of fresh.entries()) {
            const inside = covered.some(([begins, ends]) => begins <= from + i && from + i < ends);
            expect(inside, `second ${i}`).to.equal(isFresh);
          }
        },
      ),
    );
  });

  it("is uncovered from the start to the end without a refresh", () => {
    expect(gapsIn([], 1000, 1060)).to.deep.equal([[1000, 1060]]);
    expect(gapsIn([[1000, 1060]], 1000, 1060)).to.deep.equal([]);
  });
});
