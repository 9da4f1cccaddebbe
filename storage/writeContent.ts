import type { BlockStore } from "./BlockStore.ts";
import { inBatches } from "./inBatches.ts";
import type { LaidOutContent } from "./layOutContent.ts";

/** Blocks written at the same time. */
const concurrentWrites = 16;

/**
 * Writes a file's blocks, the root last: while it is missing, nobody takes the
 * file for complete.
 *
 * @throws whatever `store.putBlock` throws.
 * @example
 * await writeContent(blocks, await layOutContent(bytes));
 */
export async function writeContent(store: BlockStore, content: LaidOutContent): Promise<void> {
  const root = content.blocks.filter(({ digest }) => digest === content.root);
  const below = content.blocks.filter(({ digest }) => digest !== content.root);
  await inBatches(below, concurrentWrites, ({ digest, bytes }) => store.putBlock(digest, bytes));
  await inBatches(root, 1, ({ digest, bytes }) => store.putBlock(digest, bytes));
}
