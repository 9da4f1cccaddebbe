import { expect } from "chai";

import { contractSizes, sizeFaults, sizesSnapshot } from "../../scripts/tools/contractSizes.ts";

describe("sizes of the contracts in production", function () {
  // Through the intermediate representation all of them take minutes to compile.
  this.timeout(1_200_000);

  it("are below the limit and as snapshotted: run npm run sizes when they are not", async () => {
    const measured = await contractSizes("production");
    expect(Object.keys(measured)).to.deep.equal(Object.keys(await sizesSnapshot("default")));
    expect(sizeFaults("production", measured, await sizesSnapshot("production"))).to.deep.equal([]);
  });
});
