import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { writeResults } from "../../../experiments/writeResults.ts";

describe("writeResults", () => {
  let directory: string;
  before(async () => {
    directory = join(await mkdtemp(join(tmpdir(), "freshet-results-")), "deep");
  });
  after(() => rm(join(directory, ".."), { recursive: true }));

  it("keeps what it would replace, and moves nothing that stays the same", async () => {
    const hours = { "a.csv": "1\n", "a.json": "{}\n" };
    expect(await writeResults(directory, hours)).to.equal(undefined);
    expect(await writeResults(directory, hours)).to.equal(undefined);
    expect((await readdir(directory)).sort()).to.deep.equal(["a.csv", "a.json"]);

    const earlier = await writeResults(directory, {
      "a.csv": "2\n",
      "a.json": "{}\n",
      "a.png": new Uint8Array(3),
    });
    expect(await readdir(earlier!)).to.deep.equal(["a.csv"]);
    expect(await readFile(join(earlier!, "a.csv"), "utf8")).to.equal("1\n");
    expect(await readFile(join(directory, "a.csv"), "utf8")).to.equal("2\n");
    expect((await readdir(directory)).sort()).to.deep.equal(["a.csv", "a.json", "a.png", "earlier"]);
  });
});
