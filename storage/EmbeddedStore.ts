import { BlockDirectory } from "./BlockDirectory.ts";
import { type ContentStore, type Digest, defaultMaxFileBytes } from "./ContentStore.ts";
import { hasContent } from "./hasContent.ts";
import { layOutContent } from "./layOutContent.ts";
import { readContent } from "./readContent.ts";
import { writeContent } from "./writeContent.ts";

/** How an {@link EmbeddedStore} is set up. */
export interface EmbeddedStoreOptions {
  /** Where the block files are; created by the first `put`. */
  directory: string;
  /** The largest file that is put or got, in bytes. Default: 64 MiB. */
  maxFileBytes?: number;
}

/**
 * A content store in a directory of this machine. Needs no daemon and holds
 * nothing open, so there is nothing to close; several processes may share it.
 *
 * @example
 * const store = new EmbeddedStore({ directory: "data/blocks" });
 * const digest = await store.put(bytes);
 */
export class EmbeddedStore implements ContentStore {
  /** The same store, block by block: what a {@link BlockServer} serves. */
  readonly blocks: BlockDirectory;
  readonly #maxFileBytes: number;

  constructor(options: EmbeddedStoreOptions) {
    this.blocks = new BlockDirectory(options.directory);
    this.#maxFileBytes = options.maxFileBytes ?? defaultMaxFileBytes;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const content = await layOutContent(bytes, this.#maxFileBytes);
    await writeContent(this.blocks, content);
    return content.root;
  }

  async get(digest: Digest, mostBytes = this.#maxFileBytes): Promise<Uint8Array> {
    return readContent(this.blocks, digest, Math.min(mostBytes, this.#maxFileBytes));
  }

  async has(digest: Digest): Promise<boolean> {
    return hasContent(this.blocks, digest, this.#maxFileBytes);
  }
}
