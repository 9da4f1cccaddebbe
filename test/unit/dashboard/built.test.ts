import { expect } from "chai";

import { builtFrom, pageSource } from "../../../scripts/tools/pageStamp.ts";

describe("the built page", () => {
  it("is of its sources: npm run page builds it again", () => {
    expect(builtFrom()).to.deep.equal(pageSource());
  });
});
