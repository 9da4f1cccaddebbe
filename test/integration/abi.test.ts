import { readdir, readFile } from "node:fs/promises";

import { expect } from "chai";

import { hardhat } from "../../chains/networks/hardhat.ts";
import { abiFiles } from "../../scripts/tools/generateAbi.ts";

const ABI = new URL("../../protocol/abi/", import.meta.url);

describe("protocol/abi", () => {
  it("is what the contracts say: run npm run abi when it is not", async () => {
    const { tasks } = await hardhat();
    await tasks.getTask("build").run({ quiet: true, noTests: true });
    const expected = await abiFiles();
    expect((await readdir(ABI)).sort()).to.deep.equal(Object.keys(expected).sort());
    for (const [name, content] of Object.entries(expected)) {
      expect(await readFile(new URL(name, ABI), "utf8"), name).to.equal(content);
    }
  });
});
