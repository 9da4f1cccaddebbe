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
    for (const policy of ["finalized", { confirmations: 0 }, { confirmations: 100 }]) {
      expect(finalityRuleSchema.parse(policy)).to.deep.equal(policy);
    }
    for (const policy of ["latest", {}, { confirmations: 1.5 }, { confirmations: 1, safe: true }, 3, null]) {
      expect(finalityRuleSchema.safeParse(policy).success, JSON.stringify(policy)).to.equal(false);
    }
  });
});
