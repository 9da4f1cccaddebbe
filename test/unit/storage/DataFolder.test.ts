import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect } from "chai";

import { DataFolder } from "../../../storage/DataFolder.ts";
import { rejected } from "../thrown.ts";
import { withDirectory } from "./withDirectory.ts";

describe("DataFolder", () => {
  it("reads a file as it is, compressed, and in a folder below", () =>
    withDirectory(async (directory) => {
      await mkdir(join(directory, "data"));
      await writeFile(join(directory, "plain.txt"), "plain");
      await writeFile(join(directory, "packed.txt.gz"), gzipSync("packed"));
      await writeFile(join(directory, "data", "deep.txt"), "deep");
      const folder = new DataFolder(directory, "a publisher");
      await folder.require(["plain.txt", "packed.txt", "data/deep.txt"]);
      const text = async (file: string) => new TextDecoder().decode(await folder.read(file));
      expect(await text("plain.txt")).to.equal("plain");
      expect(await text("packed.txt")).to.equal("packed");
      expect(await text("data/deep.txt")).to.equal("deep");
    }));

  it("names every missing file, where to get it and the option", () =>
    withDirectory(async (directory) => {
      await writeFile(join(directory, "a.txt"), "a");
      const folder = new DataFolder(directory, "the Example Data Set of Example University");
      const error = await rejected(folder.require(["a.txt", "b.txt", "c.txt"]));
      expect(error.code).to.equal("DATA_MISSING");
      expect(error.shortMessage).to.equal(`2 files are not in ${directory}: b.txt, c.txt.`);
      expect(error.details).to.contain("Example University");
      expect(error.next).to.contain("--data");
      expect((await rejected(folder.read("b.txt"))).code).to.equal("DATA_MISSING");
    }));

  it("says when a compressed file is damaged", () =>
    withDirectory(async (directory) => {
      await writeFile(join(directory, "a.txt.gz"), gzipSync("content of some length").subarray(0, 20));
      const error = await rejected(new DataFolder(directory, "a publisher").read("a.txt"));
      expect(error.code).to.equal("DATA_UNREADABLE");
      expect(error.shortMessage).to.contain("a.txt.gz");
    }));
});
