import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { BaseError } from "../protocol/BaseError.ts";
import type { BlockStore } from "../storage/BlockStore.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { EmbeddedStore } from "../storage/EmbeddedStore.ts";

const FOLDER = /^task-(\d+)$/;

/**
 * What an aggregator holds on its disk: updates that it gave receipts for, a folder a task, so that those of a task
 * that is over can be removed together.
 */
export class HeldStore implements Pick<ContentStore, "get"> {
  /** All of them, block by block, for a server that takes none. */
  readonly blocks: BlockStore;
  readonly #directory: string;
  readonly #tasks = new Map<bigint, EmbeddedStore>();

  /** @param options - `directory`: for this aggregator alone; created by the first `put`. */
  constructor({ directory }: { directory: string }) {
    this.#directory = directory;
    this.blocks = {
      getBlock: (digest) => this.#first((store) => store.blocks.getBlock(digest)),
      checkBlock: (digest) => this.#first((store) => store.blocks.checkBlock(digest)),
      putBlock: async () => {
        throw new BaseError("STORAGE_REFUSED", "Blocks are put by task.");
      },
    };
  }

  /** Finds what was held before. @returns The tasks. */
  async open(): Promise<bigint[]> {
    const names = await readdir(this.#directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return [];
    });
    const tasks = names.flatMap((name) => FOLDER.exec(name)?.[1] ?? []).map(BigInt);
    for (const task of tasks) this.of(task);
    return tasks;
  }

  /** The store of a task's updates. */
  of(task: bigint): ContentStore {
    let store = this.#tasks.get(task);
    if (store === undefined) {
      store = new EmbeddedStore({ directory: this.#folderOf(task) });
      this.#tasks.set(task, store);
    }
    return store;
  }

  /** @throws as `ContentStore.get`. */
  async get(digest: Digest, mostBytes?: number): Promise<Uint8Array> {
    return this.#first((store) => store.get(digest, mostBytes));
  }

  /** Removes all that is held of a task. */
  async drop(task: bigint): Promise<void> {
    this.#tasks.delete(task);
    await rm(this.#folderOf(task), { recursive: true, force: true });
  }

  #folderOf(task: bigint): string {
    return join(this.#directory, `task-${task}`);
  }

  /** The first answer of a task's store that is no error. @throws `STORAGE_NOT_FOUND`, or what the last one throws. */
  async #first<T>(ask: (store: EmbeddedStore) => Promise<T>): Promise<T> {
    let last: unknown = new BaseError("STORAGE_NOT_FOUND", "Nothing is held here.", { retryable: true });
    for (const store of [...this.#tasks.values()]) {
      try {
        return await ask(store);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }
}
