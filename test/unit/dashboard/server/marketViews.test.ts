import { expect } from "chai";

import { postedOffers } from "../../../../dashboard/server/views/marketViews.ts";

describe("offers of a market of models", () => {
  it("are all that are posted, also those that nobody took", () => {
    const prices = ["0x0A", "0x0B", "0x0C"].map((worker, i) => ({ worker, price: BigInt(i + 5) }));
    const enrolled = [{ worker: "0x0B", chainId: 7n }];
    expect(postedOffers(prices, enrolled, (chainId) => `chain ${chainId}`)).to.deep.equal([
      { worker: "0x0A", price: "5", taken: false, chain: null },
      { worker: "0x0B", price: "6", taken: true, chain: "chain 7" },
      { worker: "0x0C", price: "7", taken: false, chain: null },
    ]);
  });
});
