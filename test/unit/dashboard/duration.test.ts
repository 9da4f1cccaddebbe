import { expect } from "chai";

import { duration } from "../../../dashboard/page/format/duration.ts";
import { grouped } from "../../../dashboard/page/format/grouped.ts";

describe("figures of the page", () => {
  for (const [seconds, text] of [
    [0, "0 s"],
    [0.84, "0.8 s"],
    [9.96, "10.0 s"],
    [10.4, "10 s"],
    [59.6, "1 min"],
    [75, "1 min 15 s"],
    [3600, "1 h"],
    [3725, "1 h 2 min"],
    [90_000, "1 d 1 h"],
    [-3, "−3 s"],
  ] as const) {
    it(`says ${text} of ${seconds} seconds`, () => {
      expect(duration(seconds)).to.equal(text);
    });
  }

  it("groups digits by threes", () => {
    expect(grouped(123n)).to.equal("123");
    expect(grouped(1234567n)).to.equal("1\u202f234\u202f567");
  });
});
