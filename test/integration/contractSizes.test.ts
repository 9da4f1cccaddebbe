import { expect } from "chai";

import { contractSizes, sizeFaults, sizesSnapshot } from "../../scripts/tools/contractSizes.ts";

describe("sizes of the contracts", () => {
  it("are below the limit and as snapshotted: run npm run sizes when they are not", async () => {
    const measured = await contractSizes("default");
    expect(Object.keys(measured)).to.include.members(["TaskManager", "LearningSubchain", "Gateway"]);
    expect(sizeFaults("default", measured, await sizesSnapshot("default"))).to.deep.equal([]);
  });
});
