import { expect } from "chai";

import { rateNote } from "../../../../../mechanisms/twin-migration/audit/checkRate.ts";

describe("the market audit's success rate in words", () => {
  const none = { attempts: 0, successes: 0, missed: 0, rejected: 0 };

  it("is of attempts and of twins that were lost", () => {
    expect(
      rateNote({ ...none, attempts: 8, successes: 6, missed: 2 }, { requested: 12, ended: 11 }),
    ).to.equal("MSR 60.0 %: 6 of 8 attempts and 2 missed.");
    expect(rateNote({ ...none, missed: 1 }, { requested: 1, ended: 1 })).to.match(/^MSR 0.0 %/);
  });

  it("says why there is none beside migrations that are none of its", () => {
    expect(rateNote(none, { requested: 0, ended: 0 })).to.equal(
      "No migration was asked for, so there is no rate.",
    );
    expect(rateNote({ ...none, rejected: 1 }, { requested: 5, ended: 3 })).to.equal(
      "There is no rate: of 5 migrations 2 brought a twin to its first host, 1 was cancelled, 2 have not ended, and the rate is of those from one host to another.",
    );
    expect(rateNote(none, { requested: 1, ended: 0 })).to.equal(
      "There is no rate: of 1 migration 1 has not ended, and the rate is of those from one host to another.",
    );
  });
});
