import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

import { HeldStore } from "../../../aggregators/HeldStore.ts";
import { rejected } from "../thrown.ts";

describe("HeldStore", () => {
  let directory: string;
  let store: HeldStore;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-held-"));
    store = new HeldStore({ directory });
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("holds updates by task, and serves those of all", async () => {
    const [one, other] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
    const digests = [await store.of(1n).put(one), await store.of(2n).put(other)] as const;
    expect([await store.get(digests[0]), await store.get(digests[1])]).to.deep.equal([one, other]);
    await store.blocks.checkBlock(digests[1]);
    expect(await store.of(1n).has(digests[1])).to.equal(false);
    expect((await rejected(store.blocks.putBlock(digests[0], one))).code).to.equal("STORAGE_REFUSED");
  });

  it("removes a task's, and no other's", async () => {
    const same = Uint8Array.of(7);
    const digest = await store.of(1n).put(same);
    await store.of(2n).put(same);
    await store.drop(1n);
    expect(existsSync(join(directory, "task-1"))).to.equal(false);
    expect(await store.get(digest)).to.deep.equal(same);
    await store.drop(2n);
    await store.drop(3n);
    expect((await rejected(store.get(digest))).code).to.equal("STORAGE_NOT_FOUND");
  });

  it("finds what was held before", async () => {
    const digest = await store.of(12n).put(Uint8Array.of(1));
    const again = new HeldStore({ directory });
    expect((await rejected(again.get(digest))).code).to.equal("STORAGE_NOT_FOUND");
    expect(await again.open()).to.deep.equal([12n]);
    expect(await again.get(digest)).to.deep.equal(Uint8Array.of(1));
    expect(await new HeldStore({ directory: join(directory, "none") }).open()).to.deep.equal([]);
  });
});
