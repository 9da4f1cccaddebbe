import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { keptLogs } from "../../../../tasks/history/keptLogs.ts";
import { tiered } from "../../../tier.ts";
import { withDirectory } from "../../storage/withDirectory.ts";
import { rejected } from "../../thrown.ts";
import { LogChain } from "./LogChain.ts";

describe("keptLogs", () => {
  let chain: LogChain;
  beforeEach(() => {
    chain = new LogChain(1);
    chain.mine("0x01", "0x02");
    chain.mine();
    chain.mine("0x03");
  });

  /** Reads the chain's logs by a file of the directory: their data, and the times of their blocks. */
  const read = async (
    directory: string,
    from: LogChain = chain,
    filter: object = { address: from.address },
  ) => {
    const path = join(directory, "kept", "logs.json");
    const logs = await keptLogs(from.client, { path, filters: [filter], fromBlock: 1 });
    return logs.map(({ data, time }) => [data, time]);
  };
  const ALL = [
    ["0x01", 1002],
    ["0x02", 1002],
    ["0x03", 1006],
  ];

  it("reads a chain once, and afterwards only what is new", () =>
    withDirectory(async (directory) => {
      expect(await read(directory)).to.deep.equal(ALL);
      expect(await read(directory)).to.deep.equal(ALL);
      expect(chain.ranges).to.deep.equal([1]);
      chain.mine("0x04");
      expect(await read(directory)).to.deep.equal([...ALL, ["0x04", 1008]]);
      expect(await read(directory)).to.have.length(4);
      expect(chain.ranges).to.deep.equal([1, 4]);
      // Nothing half written is left behind.
      expect(await readdir(join(directory, "kept"))).to.deep.equal(["logs.json"]);
    }));

  it("reads all again when the last block that it read is no longer in the chain", () =>
    withDirectory(async (directory) => {
      await read(directory);
      chain.drop(1);
      chain.mine("0x05");
      chain.mine("0x06");
      expect((await read(directory)).slice(2)).to.deep.equal([
        ["0x05", 1006],
        ["0x06", 1008],
      ]);
      expect(chain.ranges).to.deep.equal([1, 1]);
    }));

  it("reads all again when the chain went back, is another, or is asked for something else", () =>
    withDirectory(async (directory) => {
      await read(directory);
      chain.drop(1);
      expect(await read(directory)).to.deep.equal(ALL.slice(0, 2));
      const other = new LogChain(2);
      other.mine("0x07");
      other.mine();
      expect(await read(directory, other)).to.deep.equal([["0x07", 1002]]);
      await read(directory, other, { address: other.address, topics: [null] });
      expect(other.ranges).to.deep.equal([1, 1]);
    }));

  it("reads the chain when the file cannot be used or written", () =>
    withDirectory(async (directory) => {
      await read(directory);
      await writeFile(join(directory, "kept", "logs.json"), "{ half");
      expect(await read(directory)).to.deep.equal(ALL);
      await writeFile(join(directory, "file"), "");
      expect(await read(join(directory, "file"))).to.deep.equal(ALL);
    }));

  it("starts again when blocks are replaced while it reads, and gives up on a chain that never rests", () =>
    withDirectory(async (directory) => {
      let replacements = 1;
      const replace = (method: string) => {
        if (method !== "eth_getLogs" || replacements-- <= 0) return;
        chain.drop(1);
        chain.mine("0x08");
      };
      chain.onRequest = replace;
      expect((await read(directory)).at(-1)).to.deep.equal(["0x08", 1006]);
      replacements = Infinity;
      chain.mine("0x09");
      expect((await rejected(read(directory))).code).to.equal("CHAIN_REORGANIZED");
    }));

  it("reads and keeps very many logs", () =>
    withDirectory(async (directory) => {
      const blocks = tiered(4, 20);
      for (let block = 0; block < blocks; block++) chain.mine(...Array(10_000).fill("0x07"));
      expect(await read(directory)).to.have.length(10_000 * blocks + 3);
    })).timeout(60_000);
});
