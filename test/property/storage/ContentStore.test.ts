import { readFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import * as fc from "fast-check";
import { BaseError } from "../../../protocol/BaseError.ts";
import { cidOf, digestOf, digestOfCid } from "../../../storage/contentId.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { RemoteStore } from "../../../storage/RemoteStore.ts";
import { runs } from "../../tier.ts";
import { chacha20Bytes } from "../../unit/storage/chacha20Bytes.ts";
import { dagByHand } from "../../unit/storage/dagByHand.ts";
import { withBlockServer } from "../../unit/storage/withBlockServer.ts";
import { withDirectory } from "../../unit/storage/withDirectory.ts";

const chunk = 262_144;

/** Sizes around the borders of chunks, where the layout changes. */
const size = fc.oneof(
  fc.nat({ max: 2_000 }),
  fc
    .record({ chunks: fc.nat({ max: 6 }), extra: fc.integer({ min: -2, max: 2 }) })
    .map(({ chunks, extra }) => Math.max(0, chunks * chunk + extra)),
);
/** Varied bytes, or the same byte over and over, whose chunks coincide. */
const file = fc
  .record({ size, seed: fc.string(), constant: fc.boolean() })
  .map(({ size, seed, constant }) =>
    constant ? new Uint8Array(size).fill(seed.length) : chacha20Bytes(size, seed),
  );

describe("ContentStore, for any file", function () {
  this.timeout(10_000);

  it("gives back what was put, under the digest derived by hand", async () => {
    await withBlockServer(async ({ url, store }) => {
      const remote = new RemoteStore({ servers: [url] });
      await fc.assert(
        fc.asyncProperty(file, fc.boolean(), async (bytes, throughServer) => {
          const [writer, reader] = throughServer ? [remote, store] : [store, remote];
          const digest = await writer.put(bytes);
          expect(digest).to.equal(dagByHand(bytes).root);
          expect(digest).to.equal(await digestOf(bytes));
          expect(digestOfCid(cidOf(digest))).to.equal(digest);
          expect(Buffer.compare(await reader.get(digest), bytes)).to.equal(0);
          expect(await reader.has(digest)).to.equal(true);
        }),
        runs(30),
      );
    });
  });

  it("answers any flipped bit of any block file with STORAGE_CORRUPT, and heals", async () => {
    const flip = fc.record({ block: fc.nat(), byte: fc.nat(), bit: fc.nat({ max: 7 }) });
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      await fc.assert(
        fc.asyncProperty(file, flip, async (bytes, { block, byte, bit }) => {
          const { root, blocks } = await layOutContent(bytes);
          await store.put(bytes);
          const victim = blocks[block % blocks.length]?.digest ?? root;
          const path = store.blocks.pathOf(victim);
          const stored = await readFile(path);
          const at = byte % stored.length;
          stored[at] = (stored[at] ?? 0) ^ (1 << bit);
          await writeFile(path, stored);
          const outcome = await store.get(root).catch((error: unknown) => error);
          expect(outcome).to.be.instanceOf(BaseError).with.property("code", "STORAGE_CORRUPT");
          expect((outcome as BaseError).message).to.include(cidOf(victim));
          await store.put(bytes);
          expect(Buffer.compare(await store.get(root), bytes)).to.equal(0);
        }),
        runs(40),
      );
    });
  });

  it("answers every possible flipped bit of a small file's block so", async () => {
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const digest = await store.put(new TextEncoder().encode("hello world\n"));
      const path = store.blocks.pathOf(digest);
      const intact = await readFile(path);
      for (let bit = 0; bit < intact.length * 8; bit++) {
        const broken = Buffer.from(intact);
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await writeFile(path, broken);
        const outcome = await store.get(digest).catch((error: unknown) => error);
        expect(outcome).to.be.instanceOf(BaseError).with.property("code", "STORAGE_CORRUPT");
      }
    });
  });
});
