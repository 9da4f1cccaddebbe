import { type ContentStore, type Digest, defaultMaxFileBytes } from "../../storage/ContentStore.ts";

/** Reads storage as an audit does, and keeps what it gave. */
export class RecordingStore implements ContentStore {
  readonly #storage: ContentStore;
  /** What was read, by digest. */
  readonly files = new Map<Digest, Uint8Array>();

  constructor(storage: ContentStore) {
    this.#storage = storage;
  }

  put(): Promise<Digest> {
    throw new Error("An audit stores nothing.");
  }

  async get(digest: Digest, mostBytes = defaultMaxFileBytes): Promise<Uint8Array> {
    const bytes = await this.#storage.get(digest, mostBytes);
    this.files.set(digest, bytes);
    return bytes;
  }

  async has(digest: Digest): Promise<boolean> {
    return this.#storage.has(digest);
  }
}
