import { BaseError } from "../../protocol/BaseError.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import { digestOf } from "../../storage/contentId.ts";

/** Files in memory; what outlives the lives of a process. */
export class MemoryStore implements ContentStore {
  readonly #files = new Map<string, Uint8Array>();

  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = await digestOf(bytes);
    this.#files.set(digest, bytes);
    return digest;
  }

  async get(digest: Digest): Promise<Uint8Array> {
    const bytes = this.#files.get(digest);
    if (bytes === undefined) throw notFound(digest);
    return bytes;
  }

  async has(digest: Digest): Promise<boolean> {
    return this.#files.has(digest);
  }
}

/** A store as one sees it who does not see every file: it is told which, each time that it asks. */
export class PartialView implements ContentStore {
  readonly #store: ContentStore;
  readonly #isHidden: (digest: Digest) => boolean;

  constructor(store: ContentStore, isHidden: (digest: Digest) => boolean) {
    this.#store = store;
    this.#isHidden = isHidden;
  }

  put(bytes: Uint8Array): Promise<Digest> {
    return this.#store.put(bytes);
  }

  async get(digest: Digest): Promise<Uint8Array> {
    if (this.#isHidden(digest)) throw notFound(digest);
    return this.#store.get(digest);
  }

  async has(digest: Digest): Promise<boolean> {
    return !this.#isHidden(digest) && this.#store.has(digest);
  }
}

function notFound(digest: string): BaseError {
  return new BaseError("STORAGE_NOT_FOUND", `${digest} is not stored here.`, { retryable: true });
}
