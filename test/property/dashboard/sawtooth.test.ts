import { expect } from "chai";
import fc from "fast-check";

import { sawtooth } from "../../../dashboard/page/charts/sawtooth.ts";
import { coverageOf } from "../../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { runs } from "../../tier.ts";

const FROM = 1_000_000;

describe("the saw-tooth that the page draws", () => {
  it("covers what the audit says is covered, and leaves no second out", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -40, max: 200 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 200 }),
        (offsets, limitSeconds, length) => {
          const until = FROM + length;
          const refreshes = offsets.map((offset) => FROM + offset).filter((at) => at <= until);
          const { spans, coveredSeconds, corners } = sawtooth({ from: FROM, until, refreshes, limitSeconds });
          const audited = coverageOf({ from: FROM, refreshes, periodSeconds: limitSeconds, until });
          expect(BigInt(coveredSeconds)).to.equal(audited.coveredSeconds);
          expect(spans.reduce((sum, { from, to }) => sum + to - from, 0)).to.equal(length);
          // The area below the line is the integral of the age.
          let twice = 0;
          for (let i = 0; i + 1 < corners.length; i += 2) {
            const [[from], [to, age]] = [corners[i]!, corners[i + 1]!];
            twice += (to - from) * age;
          }
          expect(BigInt(twice)).to.equal(audited.ageSquares);
        },
      ),
      runs(300),
    );
  });
});
