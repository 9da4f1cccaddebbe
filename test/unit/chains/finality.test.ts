import { expect } from "chai";

import { describeFinality, finalityRuleSchema } from "../../../chains/clients/finality.ts";

describe("finality", () => {
  it("is told in words", () => {
    expect(describeFinality({ confirmations: 0 })).to.equal("final at once");
    expect(describeFinality({ confirmations: 1 })).to.equal("final under 1 more block");
    expect(describeFinality({ confirmations: 64 })).to.equal("final under 64 more blocks");
    expect(describeFinality("finalized")).to.equal("finalized by its chain");
  });

  it("is a number of confirmations or the finalized tag, nothing else", () => {
    for (const rule of ["finalized", { confirmations: 0 }, { confirmations: 100 }]) {
      expect(finalityRuleSchema.parse(rule)).to.deep.equal(rule);
    }
    for (const rule of ["latest", {}, { confirmations: 1.5 }, { confirmations: 1, safe: true }, 3, null]) {
      expect(finalityRuleSchema.safeParse(rule).success, JSON.stringify(rule)).to.equal(false);
    }
  });
});
