import { BaseError } from "../protocol/BaseError.ts";
import type { BlockSource } from "./BlockStore.ts";
import type { Digest } from "./ContentStore.ts";
import { FileTree } from "./FileTree.ts";

/** Errors that settle the question: as things are, `get` cannot return the file. */
const settled = new Set(["STORAGE_NOT_FOUND", "STORAGE_CORRUPT", "STORAGE_MALFORMED", "STORAGE_TOO_LARGE"]);

/**
 * Whether every block of a file is there and intact.
 *
 * @throws as {@link ContentStore.has}.
 * @example
 * if (!(await hasContent(blocks, digest, 64 * 1024 * 1024))) await store.put(bytes);
 */
export async function hasContent(
  blocks: BlockSource,
  digest: Digest,
  maxFileBytes: number,
): Promise<boolean> {
  try {
    const tree = await FileTree.open(blocks, digest, maxFileBytes);
    await tree.forEachLeaf(async (leaf) => {
      if (leaf !== tree.root) await blocks.checkBlock(leaf);
    });
    return true;
  } catch (error) {
    if (error instanceof BaseError && settled.has(error.code)) return false;
    throw error;
  }
}
