import { exporter } from "ipfs-unixfs-exporter";
import { CID } from "multiformats/cid";
import { BaseError } from "../protocol/BaseError.ts";
import type { BlockSource } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf, digestOfCid } from "./contentId.ts";
import { inBatches } from "./inBatches.ts";
import { chunkBytes, linksPerNode } from "./layOutContent.ts";

/** Blocks fetched at the same time. */
const concurrentReads = 16;

interface FileNode {
  data: Uint8Array;
  links: Digest[];
  /** Bytes of the file under this node. */
  sizeBytes: bigint;
}

/**
 * The tree of blocks under a digest. A stranger may have built it, so nothing
 * that its nodes claim is believed: a file's size fixes the shape of its tree,
 * and any other shape is refused before its links are followed. So the work is
 * bounded by the size, which is bounded by `maxFileBytes`.
 *
 * The exporter decodes single nodes only. It does not walk the tree: when
 * version 16.2.2 misses a block below the second level, the process dies of an
 * unhandled rejection.
 *
 * @example
 * const tree = await FileTree.open(blocks, digest, 64 * 1024 * 1024);
 * await tree.forEachLeaf(async (leaf, offset, length) => …);
 */
export class FileTree {
  readonly root: Digest;
  readonly sizeBytes: number;
  readonly #rootNode: FileNode;
  readonly #blocks: BlockSource;

  private constructor(blocks: BlockSource, root: Digest, rootNode: FileNode) {
    this.root = root;
    this.sizeBytes = Number(rootNode.sizeBytes);
    this.#rootNode = rootNode;
    this.#blocks = blocks;
  }

  /**
   * Reads the root block.
   *
   * @throws `STORAGE_TOO_LARGE` above `maxFileBytes`; `STORAGE_MALFORMED` when
   * the block is no node of a file; whatever `blocks.getBlock` throws.
   */
  static async open(blocks: BlockSource, root: Digest, maxFileBytes: number): Promise<FileTree> {
    const rootNode = await readNode(blocks, root);
    if (rootNode.sizeBytes > BigInt(maxFileBytes)) {
      throw new BaseError("STORAGE_TOO_LARGE", `The file ${cidOf(root)} is too large.`, {
        details: `It says that it has ${rootNode.sizeBytes} bytes; the limit is ${maxFileBytes}.`,
        next: "Raise maxFileBytes if you expect files of this size.",
      });
    }
    return new FileTree(blocks, root, rootNode);
  }

  /**
   * Visits the leaves, several at a time: each with its digest, the offset of
   * its first byte in the file and its number of bytes.
   *
   * @throws `STORAGE_MALFORMED` when the tree's shape is not that of its size;
   * whatever reading blocks or `visit` throws.
   */
  async forEachLeaf(visit: (leaf: Digest, offset: number, length: number) => Promise<void>): Promise<void> {
    let level = 0;
    while (chunkBytes * linksPerNode ** level < this.sizeBytes) level++;
    await this.#walk(this.root, this.#rootNode, level, 0, this.sizeBytes, visit);
  }

  /**
   * The bytes of one leaf.
   *
   * @throws `STORAGE_MALFORMED` unless it has `length` bytes.
   */
  async readLeaf(leaf: Digest, length: number): Promise<Uint8Array> {
    const node = leaf === this.root ? this.#rootNode : await readNode(this.#blocks, leaf);
    if (node.data.length !== length) {
      throw malformed(leaf, `It should be a leaf of ${length} bytes; it has ${node.data.length}.`);
    }
    return node.data;
  }

  async #walk(
    digest: Digest,
    known: FileNode | undefined,
    level: number,
    offset: number,
    length: number,
    visit: (leaf: Digest, offset: number, length: number) => Promise<void>,
  ): Promise<void> {
    if (level === 0) return visit(digest, offset, length);
    const { links } = known ?? (await readNode(this.#blocks, digest));
    const span = chunkBytes * linksPerNode ** (level - 1);
    const expected = Math.ceil(length / span);
    if (links.length !== expected) {
      throw malformed(
        digest,
        `For ${length} bytes it should have ${expected} links; it has ${links.length}.`,
      );
    }
    await inBatches(links, concurrentReads, (link, index) => {
      const childLength = Math.min(span, length - index * span);
      return this.#walk(link, undefined, level - 1, offset + index * span, childLength, visit);
    });
  }
}

async function readNode(blocks: BlockSource, digest: Digest): Promise<FileNode> {
  const block = await blocks.getBlock(digest);
  const justThisBlock = {
    async *get(): AsyncGenerator<Uint8Array> {
      yield block;
    },
  };
  const cid = CID.parse(cidOf(digest));
  try {
    const entry = await exporter(cid, justThisBlock);
    const sizeBytes = entry.type === "file" ? entry.unixfs.fileSize() : undefined;
    if (entry.type !== "file" || sizeBytes === undefined) throw malformed(digest, "It is not a file.");
    return {
      data: entry.unixfs.data ?? new Uint8Array(),
      links: entry.node.Links.map((link) => digestOfCid(link.Hash.toString())),
      sizeBytes,
    };
  } catch (cause) {
    if (cause instanceof BaseError && cause.code === "STORAGE_MALFORMED") throw cause;
    throw malformed(digest, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function malformed(digest: Digest, details: string, cause?: unknown): BaseError {
  return new BaseError("STORAGE_MALFORMED", `Block ${cidOf(digest)} is not part of a Freshet file.`, {
    details,
    next: "Treat it as bad data of whoever published the digest: no store can have produced it.",
    cause,
  });
}
