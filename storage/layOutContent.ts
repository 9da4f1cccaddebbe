import { importBytes } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced } from "ipfs-unixfs-importer/layout";
import type { CID } from "multiformats/cid";
import { BaseError } from "../protocol/BaseError.ts";
import type { Block } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";

/** Bytes of a file in one leaf; only the last leaf may hold fewer. */
export const chunkBytes = 256 * 1024;

/** Links in one inner node; only the last node of a level may hold fewer. */
export const linksPerNode = 174;

/** A file cut into blocks. */
export interface LaidOutContent {
  /** The digest of the file: that of its root block. */
  root: Digest;
  /** Every block once, children before parents, so the root last. */
  blocks: Block[];
}

/**
 * Cuts a file into the blocks that Kubo cuts it into with import profile
 * `unixfs-v0-2015`. Every option that can change a CID is given, so that no
 * new default of the importer can.
 *
 * @throws `STORAGE_TOO_LARGE` above `maxFileBytes`.
 * @example
 * const { root, blocks } = await layOutContent(bytes); // 600,000 different bytes
 * blocks.length; // 4: three leaves and the root
 */
export async function layOutContent(
  bytes: Uint8Array,
  maxFileBytes = Number.POSITIVE_INFINITY,
): Promise<LaidOutContent> {
  if (bytes.length > maxFileBytes) {
    throw new BaseError("STORAGE_TOO_LARGE", "The file is too large to be put.", {
      details: `It has ${bytes.length} bytes; the limit is ${maxFileBytes}.`,
      next: "Compress it, or raise maxFileBytes here and wherever it is read.",
    });
  }
  const blocks = new Map<Digest, Block>();
  const collector = {
    put: async (cid: CID, block: Uint8Array): Promise<CID> => {
      const digest = digestIn(cid);
      blocks.set(digest, { digest, bytes: block });
      return cid;
    },
  };
  // A fresh object each time: the importer writes into the options it is given.
  const { cid } = await importBytes(bytes, collector as Parameters<typeof importBytes>[1], {
    cidVersion: 0,
    rawLeaves: false,
    leafType: "file",
    reduceSingleLeafToSelf: true,
    chunker: fixedSize({ chunkSize: chunkBytes }),
    layout: balanced({ maxChildrenPerNode: linksPerNode }),
    fieldOrder: "links-first",
    wrapWithDirectory: false,
    fileImportConcurrency: 1,
    blockWriteConcurrency: 16,
  });
  return { root: digestIn(cid), blocks: [...blocks.values()] };
}

function digestIn(cid: CID): Digest {
  return `0x${Buffer.from(cid.multihash.digest).toString("hex")}`;
}
