import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import type { Digest } from "../../../storage/ContentStore.ts";
import { Holdings, LEAST_BYTES } from "../../../storage/Holdings.ts";
import { thrown } from "../thrown.ts";
import { withDirectory } from "./withDirectory.ts";

const digest = (n: number): Digest => `0x${n.toString(16).padStart(64, "0")}`;

describe("Holdings", () => {
  let holdings: Holdings;
  beforeEach(() => {
    holdings = Holdings.open(":memory:");
  });
  afterEach(() => holdings.close());

  it("count for every writer what he put, once, and refuse what is too much", () => {
    const hold = (writer: string, n: number, bytes: number) =>
      holdings.hold({ writer, digest: digest(n), bytes, at: 1 }, 10_000);
    expect(hold("acme", 1, 5_000)).to.equal(true);
    expect(hold("acme", 1, 5_000)).to.equal(true);
    expect(hold("acme", 2, 5_001)).to.equal(false);
    expect(hold("beta", 1, 5_000)).to.equal(true);
    // What is small takes as much on disk as this.
    expect(hold("acme", 3, 1)).to.equal(true);
    expect(hold("acme", 4, 1)).to.equal(false);
    expect(holdings.writers()).to.deep.equal([
      { writer: "acme", files: 2, bytes: 5_000 + LEAST_BYTES },
      { writer: "beta", files: 1, bytes: 5_000 },
    ]);
    holdings.drop("beta", digest(1));
    expect(holdings.writers().map(({ writer }) => writer)).to.deep.equal(["acme"]);
  });

  it("remove only what nobody holds any more, and forget nothing that could not be removed", async () => {
    for (const writer of ["acme", "beta"])
      holdings.hold({ writer, digest: digest(1), bytes: 10, at: writer === "acme" ? 1 : 2 });
    const removed: Digest[] = [];
    const remove = (one: Digest) => void removed.push(one);
    expect(await holdings.release((at) => at < 2, remove)).to.deep.equal({ digests: 0, bytes: 0 });
    const failed = await holdings
      .release(
        () => true,
        () => {
          throw new Error("the disk fails");
        },
      )
      .catch((error: Error) => error.message);
    expect(failed).to.equal("the disk fails");
    expect(holdings.isHeldBy("beta", digest(1))).to.equal(true);
    expect(await holdings.release(() => true, remove)).to.deep.equal({ digests: 1, bytes: LEAST_BYTES });
    expect(removed).to.deep.equal([digest(1)]);
    expect(holdings.bytesOf("acme") + holdings.bytesOf("beta")).to.equal(0);
  });

  it("are all come to, the oldest first, also when there are many and some go meanwhile", async () => {
    for (let n = 1; n <= 1_234; n++)
      holdings.hold({ writer: "acme", digest: digest(n), bytes: 1, at: n % 7 });
    const times = [...holdings.all()].map(({ at }) => at);
    expect(times).to.have.length(1_234);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    const { digests } = await holdings.release(
      (at) => at < 6,
      () => undefined,
    );
    expect(digests).to.equal(times.filter((at) => at < 6).length);
    expect([...holdings.all()]).to.have.length(1_234 - digests);
    expect(holdings.bytesOf("acme")).to.equal((1_234 - digests) * LEAST_BYTES);
  });

  it("let a number be used once, also after a restart, and forget it in time", async () => {
    await withDirectory(async (directory) => {
      const path = join(directory, "holdings.sqlite");
      const first = Holdings.open(path);
      expect(first.useOnce("0x1", { now: 0, until: 10 })).to.equal(true);
      expect(first.useOnce("0x1", { now: 1, until: 10 })).to.equal(false);
      first.close();
      const again = Holdings.open(path);
      expect(again.useOnce("0x1", { now: 10, until: 10 })).to.equal(false);
      expect(again.useOnce("0x1", { now: 11, until: 20 })).to.equal(true);
      again.close();
    });
  });

  it("do not use a file of something else", async () => {
    await withDirectory(async (directory) => {
      const path = join(directory, "notes.txt");
      await writeFile(path, "not a database, and long enough to be taken for one".repeat(20));
      expect(thrown(() => Holdings.open(path)).code).to.equal("STORAGE_IO");
    });
  });
});
