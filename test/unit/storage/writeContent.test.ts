import { expect } from "chai";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { BlockStore } from "../../../storage/BlockStore.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { writeContent } from "../../../storage/writeContent.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { rejection } from "./rejection.ts";

/** Notes what is put; fails on one digest. */
function recorder(failing?: Digest): { store: BlockStore; put: Digest[]; underWay: () => number } {
  const put: Digest[] = [];
  let underWay = 0;
  const store: BlockStore = {
    getBlock: async () => new Uint8Array(),
    checkBlock: async () => undefined,
    putBlock: async (digest) => {
      underWay++;
      await new Promise(setImmediate);
      underWay--;
      if (digest === failing) throw new BaseError("STORAGE_IO", "The disk is full.");
      put.push(digest);
    },
  };
  return { store, put, underWay: () => underWay };
}

describe("writeContent", () => {
  it("writes the root after everything else", async () => {
    const content = await layOutContent(chacha20Bytes(10_000_000, "forty blocks"));
    const { store, put } = recorder();
    await writeContent(store, content);
    expect(new Set(put)).to.deep.equal(new Set(content.blocks.map(({ digest }) => digest)));
    expect(put.at(-1)).to.equal(content.root);
  });

  it("does not write the root when a leaf fails, and leaves nothing under way", async () => {
    const content = await layOutContent(chacha20Bytes(10_000_000, "forty blocks"));
    const { store, put, underWay } = recorder(content.blocks[2]?.digest);
    expect((await rejection(writeContent(store, content))).code).to.equal("STORAGE_IO");
    expect(put).not.to.include(content.root);
    expect(underWay()).to.equal(0);
  });
});
