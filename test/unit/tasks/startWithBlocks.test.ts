import { expect } from "chai";

import { startWithBlocks } from "../../../tasks/startWithBlocks.ts";

const chain = (blockSeconds: number, last: number) => ({ blockSeconds, time: async () => last });

describe("the start of an epoch", () => {
  it("is as wanted where blocks are made at once, and with a block where they come of themselves", async () => {
    expect(await startWithBlocks(1001, [])).to.equal(1001);
    expect(await startWithBlocks(1001, [chain(0, 7), chain(0.5, 8)])).to.equal(1001);
    expect(await startWithBlocks(1001, [chain(2, 900), chain(2, 910)])).to.equal(1002);
    expect(await startWithBlocks(1002, [chain(2, 900), chain(2, 910)])).to.equal(1002);
  });

  it("is with the blocks of as many chains as can be, and no later than needed", async () => {
    expect(await startWithBlocks(1000, [chain(2, 901), chain(2, 903), chain(2, 900)])).to.equal(1001);
    expect(await startWithBlocks(1000, [chain(2, 900), chain(2, 901)])).to.equal(1000);
    expect(await startWithBlocks(1000, [chain(12, 904), chain(2, 900)])).to.equal(1000);
    expect(await startWithBlocks(1001, [chain(12, 904), chain(2, 900)])).to.equal(1012);
  });
});
