import { BaseError } from "../protocol/BaseError.ts";
import type { BlockSource } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf, digestOf } from "./contentId.ts";
import { FileTree } from "./FileTree.ts";

/**
 * Gathers a file from its blocks.
 *
 * Last of all it lays the bytes out again and compares the digests. Otherwise
 * one content could be given many digests (other chunks, other encodings of
 * the same node), and a copied update pass for a new one.
 *
 * @throws as {@link ContentStore.get}.
 * @example
 * const bytes = await readContent(blocks, digest, 64 * 1024 * 1024);
 */
export async function readContent(
  blocks: BlockSource,
  digest: Digest,
  maxFileBytes: number,
): Promise<Uint8Array> {
  const tree = await FileTree.open(blocks, digest, maxFileBytes);
  const bytes = new Uint8Array(tree.sizeBytes);
  await tree.forEachLeaf(async (leaf, offset, length) => {
    bytes.set(await tree.readLeaf(leaf, length), offset);
  });
  const canonical = await digestOf(bytes);
  if (canonical !== digest) {
    throw new BaseError("STORAGE_MALFORMED", `The file ${cidOf(digest)} is not laid out as Freshet's are.`, {
      details: `With import profile unixfs-v0-2015 its bytes have the CID ${cidOf(canonical)}.`,
      next: "Publish that CID's digest instead.",
    });
  }
  return bytes;
}
