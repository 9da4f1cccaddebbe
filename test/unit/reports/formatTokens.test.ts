import { expect } from "chai";

import { formatTokenParts, formatTokens } from "../../../reports/formatTokens.ts";

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

describe("formatTokenParts", () => {
  it("shows parts whose digits add up to those of the whole", () => {
    const token = 10n ** 18n;
    const paid = 2_987_040_000_000_000_123n;
    expect(formatTokenParts(60n * token, [paid, 60n * token - paid, 0n])).to.deep.equal([
      "2.9870",
      "57.0130",
      "0.0000",
    ]);
    const third = token / 3n;
    expect(formatTokenParts(3n * third, [third, third, third])).to.deep.equal(["0.3333", "0.3333", "0.3333"]);
    expect(formatTokenParts(token, [third, third, token - 2n * third])).to.deep.equal([
      "0.3333",
      "0.3333",
      "0.3334",
    ]);
    expect(formatTokenParts(token, [token])).to.deep.equal(["1.0000"]);
  });
});
