import { expect } from "chai";

import { formatTokens } from "../../../tables/formatTokens.ts";

describe("formatTokens", () => {
  it("shows four decimals of 18, and never more than there is", () => {
    const amounts = [
      0n,
      1n,
      10n ** 14n,
      10n ** 18n,
      5n * 10n ** 17n,
      123_456_789n * 10n ** 13n,
      10n ** 18n - 1n,
    ];
    expect(amounts.map(formatTokens)).to.deep.equal([
      "0.0000",
      "0.0000",
      "0.0001",
      "1.0000",
      "0.5000",
      "1234.5678",
      "0.9999",
    ]);
  });
});
