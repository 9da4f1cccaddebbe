import { expect } from "chai";

import { NotExamined } from "../../../audit/NotExamined.ts";
import { Tally } from "../../../audit/Tally.ts";

describe("audit: Tally", () => {
  it("tells of what keeps several things from being examined once, and counts them all", async () => {
    const tally = new Tally();
    const missing = () => {
      throw new NotExamined("The specification cannot be read.", "Find it.");
    };
    for (let i = 0; i < 4; i++) expect(await tally.attempt(missing)).to.equal(false);
    expect(tally.unexamined).to.deep.equal({
      count: 4,
      first: [{ what: "The specification cannot be read.", next: "Find it." }],
    });
  });
});
