import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { hardhat } from "../../chains/networks/hardhat.ts";
import { abiFiles } from "../../scripts/tools/generateAbi.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("generated ABIs", () => {
  it("are what the contracts say: run npm run abi when they are not", async () => {
    const { tasks } = await hardhat();
    await tasks.getTask("build").run({ quiet: true, noTests: true });
    const expected = await abiFiles();
    expect(await generated()).to.deep.equal(Object.keys(expected).sort());
    for (const [path, content] of Object.entries(expected)) {
      expect(await readFile(join(ROOT, path), "utf8"), path).to.equal(content);
    }
  });
});

/** All files in the folders that are generated. */
async function generated(): Promise<string[]> {
  const mechanisms = await readdir(join(ROOT, "mechanisms"), { withFileTypes: true });
  const rooms = mechanisms.filter((entry) => entry.isDirectory()).map(({ name }) => `mechanisms/${name}`);
  const folders = await Promise.all(
    ["protocol", ...rooms].map(async (room) => {
      const files = await readdir(join(ROOT, room, "abi")).catch(() => []);
      return files.map((file) => `${room}/abi/${file}`);
    }),
  );
  return folders.flat().sort();
}
