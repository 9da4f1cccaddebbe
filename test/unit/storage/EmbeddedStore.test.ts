import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FsBlockstore } from "blockstore-fs";
import { expect } from "chai";
import { CID } from "multiformats/cid";
import { BlockDirectory } from "../../../storage/BlockDirectory.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { cidOf, digestOf } from "../../../storage/contentId.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { rejection } from "./rejection.ts";
import { withDirectory } from "./withDirectory.ts";

const chunk = 262_144;
const file = chacha20Bytes(3 * chunk + 5, "a model");

/** Files below a directory whose names end so. */
async function filesEndingIn(directory: string, ending: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(directory, name));
}

describe("EmbeddedStore", function () {
  this.timeout(10_000);

  it("gives back what was put, also to another instance", async () => {
    await withDirectory(async (directory) => {
      const digest = await new EmbeddedStore({ directory }).put(file);
      expect(digest).to.equal(await digestOf(file));
      const again = await new EmbeddedStore({ directory }).get(digest);
      expect(Buffer.compare(again, file)).to.equal(0);
    });
  });

  it("keeps its files in blockstore-fs's layout", async () => {
    await withDirectory(async (directory) => {
      const digest = await new EmbeddedStore({ directory }).put(file);
      const chunks: Uint8Array[] = [];
      for await (const part of new FsBlockstore(directory).get(CID.parse(cidOf(digest)))) chunks.push(part);
      const root = (await layOutContent(file)).blocks.at(-1);
      expect(Buffer.compare(Buffer.concat(chunks), root?.bytes ?? new Uint8Array())).to.equal(0);
    });
  });

  it("has only what is whole", async () => {
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const { root, blocks } = await layOutContent(file);
      expect(await store.has(root)).to.equal(false);
      await store.put(file);
      expect(await store.has(root)).to.equal(true);
      for (const { digest } of blocks) {
        await rm(store.blocks.pathOf(digest));
        expect(await store.has(root), cidOf(digest)).to.equal(false);
        await store.put(file);
      }
      expect(await store.has(root)).to.equal(true);
    });
  });

  it("says which block is missing", async () => {
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const { root, blocks } = await layOutContent(file);
      await store.put(file);
      for (const { digest } of blocks) {
        await rm(store.blocks.pathOf(digest));
        const error = await rejection(store.get(root));
        expect(error).to.include({ code: "STORAGE_NOT_FOUND", retryable: true });
        expect(error.message).to.include(cidOf(digest));
        await store.put(file);
      }
    });
  });

  it("survives a missing leaf of a file of three levels", async () => {
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const large = chacha20Bytes(174 * chunk + 1, "a large model");
      const { root, blocks } = await layOutContent(large);
      await store.put(large);
      expect(Buffer.compare(await store.get(root), large)).to.equal(0);
      const leaf = blocks[3]?.digest as Digest;
      await rm(store.blocks.pathOf(leaf));
      const error = await rejection(store.get(root));
      expect(error.code).to.equal("STORAGE_NOT_FOUND");
      expect(error.message).to.include(cidOf(leaf));
    });
  });

  const damages: Record<string, (bytes: Buffer) => Uint8Array> = {
    "a flipped first bit": (bytes) => bytes.fill((bytes[0] ?? 0) ^ 1, 0, 1),
    "a flipped last bit": (bytes) => bytes.fill((bytes.at(-1) ?? 0) ^ 0x80, bytes.length - 1),
    "a missing end": (bytes) => bytes.subarray(0, bytes.length - 1),
    "a missing half": (bytes) => bytes.subarray(0, bytes.length / 2),
    "no bytes at all": () => Buffer.alloc(0),
    "a byte too many": (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]),
    "three megabytes too many": (bytes) => Buffer.concat([bytes, Buffer.alloc(3_000_000)]),
    "another block's bytes": () => Buffer.from("other bytes"),
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`never returns a block with ${name}, and heals it`, async () => {
      await withDirectory(async (directory) => {
        const store = new EmbeddedStore({ directory });
        const { root, blocks } = await layOutContent(file);
        await store.put(file);
        for (const { digest } of blocks) {
          const path = store.blocks.pathOf(digest);
          await writeFile(path, damage(await readFile(path)));
          for (const read of [() => store.get(root), () => store.blocks.getBlock(digest)]) {
            const error = await rejection(read());
            expect(error).to.include({ code: "STORAGE_CORRUPT", retryable: false });
            expect(error.shortMessage).to.include(cidOf(digest));
          }
          expect(await store.has(root)).to.equal(false);
          await store.put(file);
          expect(Buffer.compare(await store.get(root), file)).to.equal(0);
        }
      });
    });
  }

  it("does not rewrite blocks that are intact", async () => {
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const path = store.blocks.pathOf(await store.put(file));
      const { ino } = await stat(path);
      await store.put(file);
      expect((await stat(path)).ino).to.equal(ino);
    });
  });

  it("keeps no block whose bytes are not those of its digest", async () => {
    await withDirectory(async (directory) => {
      const blocks = new BlockDirectory(directory);
      const error = await rejection(blocks.putBlock(await digestOf(file), file));
      expect(error.code).to.equal("STORAGE_CORRUPT");
      expect(await readdir(directory)).to.deep.equal([]);
    });
  });

  it("takes the same file from many writers while readers see all of it or nothing", async () => {
    await withDirectory(async (directory) => {
      const digest = await digestOf(file);
      let writing = true;
      const reader = (async () => {
        while (writing) {
          const outcome = await new EmbeddedStore({ directory }).get(digest).catch((error) => error.code);
          if (outcome !== "STORAGE_NOT_FOUND") expect(Buffer.compare(outcome, file)).to.equal(0);
        }
      })();
      const writers = Array.from({ length: 12 }, () => new EmbeddedStore({ directory }).put(file));
      const outcomes = await Promise.allSettled(writers);
      writing = false;
      await reader;
      for (const outcome of outcomes) expect(outcome).to.deep.equal({ status: "fulfilled", value: digest });
      expect(await filesEndingIn(directory, ".tmp")).to.deep.equal([]);
    });
  });

  it("leaves only whole blocks when it is killed while writing", async () => {
    await withDirectory(async (directory) => {
      const module = new URL("../../../storage/EmbeddedStore.ts", import.meta.url);
      const script = `
        import { EmbeddedStore } from ${JSON.stringify(module.href)};
        const store = new EmbeddedStore({ directory: process.argv[1] });
        for (let i = 0; ; i++) {
          await store.put(new Uint8Array(1_000_000).fill(i).map((byte, j) => byte + (j >> 10)));
          if (i === 5) console.log("writing");
        }`;
      const writer = spawn(process.execPath, ["--input-type=module", "--eval", script, directory], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(writer.stdout, "data");
      writer.kill("SIGKILL");
      await once(writer, "exit");
      const blocks = new BlockDirectory(directory);
      const paths = await filesEndingIn(directory, ".data");
      expect(paths.length).to.be.greaterThan(5);
      for (const path of paths) {
        const digest: Digest = `0x${hash("sha256", await readFile(path))}`;
        expect(blocks.pathOf(digest)).to.equal(path);
      }
    });
  });

  it("refuses files above its limit, to put and to get", async () => {
    await withDirectory(async (directory) => {
      const small = new EmbeddedStore({ directory, maxFileBytes: chunk });
      expect((await rejection(small.put(file))).code).to.equal("STORAGE_TOO_LARGE");
      const digest = await new EmbeddedStore({ directory }).put(file);
      expect((await rejection(small.get(digest))).code).to.equal("STORAGE_TOO_LARGE");
      expect(await small.has(digest)).to.equal(false);
    });
  });

  it("refuses files above what a reader takes, before all but the first block", async () => {
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const digest = await store.put(file);
      expect(await store.get(digest, file.length)).to.deep.equal(file);
      await Promise.all(
        (await filesEndingIn(directory, ".data"))
          .filter((path) => path !== store.blocks.pathOf(digest))
          .map((path) => rm(path)),
      );
      expect((await rejection(store.get(digest, file.length - 1))).code).to.equal("STORAGE_TOO_LARGE");
      expect((await rejection(store.get(digest, file.length))).code).to.equal("STORAGE_NOT_FOUND");
    });
  });

  it("tells a disk that fails from a block that is missing", async () => {
    await withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const digest = await store.put(new TextEncoder().encode("hello"));
      const path = store.blocks.pathOf(digest);
      await rm(path);
      await mkdir(path); // reading it fails with EISDIR, replacing it with EISDIR too
      expect((await rejection(store.get(digest))).code).to.equal("STORAGE_IO");
      expect((await rejection(store.has(digest))).code).to.equal("STORAGE_IO");
      const error = await rejection(store.put(new TextEncoder().encode("hello")));
      expect(error.code).to.equal("STORAGE_IO");
      expect(error.message).to.include(path);
      expect(await filesEndingIn(directory, ".tmp")).to.deep.equal([]);
    });
  });
});
