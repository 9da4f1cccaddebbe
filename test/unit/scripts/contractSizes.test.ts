import { expect } from "chai";

import { MOST_BYTES, sizeFaults } from "../../../scripts/tools/contractSizes.ts";

describe("sizeFaults", () => {
  it("finds none in sizes up to the limit that are the snapshot's", () => {
    const sizes = { Gateway: MOST_BYTES, Escrow: 1 };
    expect(sizeFaults("default", sizes, sizes)).to.deep.equal([]);
  });

  it("names contract, size and limit", () => {
    const sizes = { Escrow: 1, Gateway: MOST_BYTES + 1 };
    expect(sizeFaults("production", sizes, sizes)).to.deep.equal([
      "Gateway has 20001 bytes in profile production; at most 20000 are allowed.",
    ]);
  });

  it("names what is not as in the snapshot, new or gone", () => {
    const faults = sizeFaults("default", { Escrow: 2, Gateway: 3 }, { Escrow: 1, Old: 4 });
    const told = "snapshots/contract-sizes.json: npm run sizes.";
    expect(faults).to.deep.equal([
      `Escrow has 2 bytes in profile default, and 1 in ${told}`,
      `Gateway has 3 bytes in profile default, and none in ${told}`,
      `Old has no bytes in profile default, and 4 in ${told}`,
    ]);
  });
});
