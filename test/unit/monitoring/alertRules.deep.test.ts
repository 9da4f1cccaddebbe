import { expect } from "chai";

import { promtool, WITHOUT_PROMTOOL } from "./promtool.ts";

describe("monitoring/alerts.test.yml", () => {
  it("holds: each rule fires where it should, and nowhere else", async function () {
    const told = await promtool(["test", "rules", "alerts.test.yml"]);
    if (told === undefined) {
      this.test!.title += WITHOUT_PROMTOOL;
      return this.skip();
    }
    expect(told).to.contain("SUCCESS");
  });
});
