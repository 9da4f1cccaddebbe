import { expect } from "chai";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Block, BlockSource } from "../../../storage/BlockStore.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { readContent } from "../../../storage/readContent.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { dagPb, type HandNode, leafByHand, parentByHand, unixFs } from "./dagByHand.ts";
import { rejection } from "./rejection.ts";

const chunk = 262_144;
const full = leafByHand(chacha20Bytes(chunk, "a chunk"));
const rest = leafByHand(chacha20Bytes(100, "the rest"));

/** Blocks in memory, which counts how often it is asked. */
class CountingSource implements BlockSource {
  asked = 0;
  readonly #blocks: Map<Digest, Uint8Array>;

  constructor(blocks: Block[]) {
    this.#blocks = new Map(blocks.map(({ digest, bytes }) => [digest, bytes]));
  }

  async getBlock(digest: Digest): Promise<Uint8Array> {
    this.asked++;
    const bytes = this.#blocks.get(digest);
    if (bytes === undefined) throw new BaseError("STORAGE_NOT_FOUND", `No block ${digest}.`);
    return bytes;
  }

  async checkBlock(digest: Digest): Promise<void> {
    await this.getBlock(digest);
  }
}

/** A parent that says of its child what it likes. */
function parentClaiming(child: HandNode, childBytes: number[]): HandNode {
  const links = childBytes.map(() => child);
  const fileBytes = childBytes.reduce((sum, bytes) => sum + bytes, 0);
  return { ...dagPb(unixFs(2, undefined, childBytes), links), fileBytes, totalBytes: 1 };
}

describe("FileTree, on trees that a stranger built", () => {
  it("reads the one tree that the bytes should have", async () => {
    const root = parentByHand([full, full, rest]);
    const bytes = await readContent(new CountingSource([root, full, rest]), root.digest, 1_000_000);
    expect(bytes).to.have.length(2 * chunk + 100);
  });

  const empty = leafByHand(new Uint8Array());
  const raw = dagPb(unixFs(0, new Uint8Array([1, 2, 3]), []), []);
  const directory = dagPb(Uint8Array.from([0x08, 0x01]), []);
  const symlink = dagPb(unixFs(4, new TextEncoder().encode("/etc/passwd"), []), []);
  const smallChunks = parentByHand([rest, rest]);
  const needlessParent = parentByHand([rest]);
  const shortChild = parentClaiming(rest, [chunk, chunk]);
  const noData = dagPb(new Uint8Array(), []);
  const wrongTsize = parentByHand([full, { ...rest, totalBytes: 7 }]);
  const inlineData = {
    ...dagPb(unixFs(2, new Uint8Array(50), [chunk, 50]), [full, rest]),
    fileBytes: 0,
    totalBytes: 0,
  };
  const garbage: Block = {
    digest: "0x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    bytes: new TextEncoder().encode("test"),
  };
  const trees: Record<string, Block[]> = {
    "a directory": [directory],
    "a symbolic link": [symlink],
    "a leaf of UnixFS type raw": [raw],
    "a node without UnixFS data": [noData],
    "bytes that are no protobuf": [garbage],
    "chunks smaller than 256 KiB": [smallChunks, rest],
    "a parent over a single leaf": [needlessParent, rest],
    "leaves shorter than announced": [shortChild, rest],
    "a wrong Tsize": [wrongTsize, full, rest],
    "data in an inner node": [inlineData, full, rest],
    "an empty leaf among the others": [parentByHand([full, rest, empty]), full, rest, empty],
  };
  for (const [name, blocks] of Object.entries(trees)) {
    it(`refuses ${name}`, async () => {
      const [root] = blocks as [Block];
      const error = await rejection(readContent(new CountingSource(blocks), root.digest, 1_000_000));
      expect(error).to.include({ code: "STORAGE_MALFORMED", retryable: false });
    });
  }

  it("refuses a file that says it is enormous after one block", async () => {
    const root = parentClaiming(full, [2 ** 45, 2 ** 45]);
    const source = new CountingSource([root, full]);
    const error = await rejection(readContent(source, root.digest, 64 * 1024 * 1024));
    expect(error.code).to.equal("STORAGE_TOO_LARGE");
    expect(source.asked).to.equal(1);
  });

  it("does not follow more links than the size allows", async () => {
    const root = parentClaiming(full, [chunk, chunk, ...Array(1_000).fill(0)]);
    const source = new CountingSource([root, full]);
    const error = await rejection(readContent(source, root.digest, 64 * 1024 * 1024));
    expect(error.code).to.equal("STORAGE_MALFORMED");
    expect(source.asked).to.equal(1);
  });

  it("does not follow a bomb: ten levels of 174 links to the same node", async () => {
    const byte = leafByHand(new Uint8Array([1]));
    const levels: HandNode[] = [byte];
    for (let i = 0; i < 10; i++) levels.unshift(parentClaiming(levels[0] as HandNode, Array(174).fill(100)));
    const source = new CountingSource(levels);
    const error = await rejection(readContent(source, levels[0]?.digest as Digest, 64 * 1024 * 1024));
    expect(error.code).to.equal("STORAGE_MALFORMED");
    expect(source.asked).to.be.lessThan(3);
  });
});
