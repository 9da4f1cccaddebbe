import { expect } from "chai";

import { foundMethods, nodeMethods } from "../../../scripts/tools/nodeMethods.ts";

describe("nodeMethods", () => {
  it("finds what only development nodes offer, and nothing that looks like it", () => {
    const text = [
      'await rpc.request("hardhat_setBalance", []);',
      "const name = `evm_mine`; // and anvil_reorg",
      "const guarded = /^(evm_|hardhat_|anvil_)/;",
      'await rpc.request("eth_call", []);',
    ].join("\n");
    expect(foundMethods("tasks/some.ts", text)).to.deep.equal([
      { file: "tasks/some.ts", line: 1, method: "hardhat_setBalance" },
      { file: "tasks/some.ts", line: 2, method: "evm_mine" },
      { file: "tasks/some.ts", line: 2, method: "anvil_reorg" },
    ]);
  });

  it("finds none in the product, but for what runs local chains", () => {
    expect(nodeMethods()).to.deep.equal([]);
  });
});
