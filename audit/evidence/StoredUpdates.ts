import { BaseError } from "../../protocol/BaseError.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import { isStorageTrouble } from "../../storage/isStorageTrouble.ts";
import { unreadable } from "./unreadable.ts";

/** Bytes that are kept for the next check that wants them; what is beyond is read again. */
const KEPT_BYTES = 256 * 1024 * 1024;

/** Models and updates, read from storage and checked against their digests on the way. */
export class StoredUpdates {
  readonly #storage: ContentStore;
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(storage: ContentStore) {
    this.#storage = storage;
  }

  /**
   * The bytes under a digest, or why there are none: they are missing, damaged or
   * not laid out as Freshet lays out files. Storage checks every block, so bytes that
   * come back are those that the digest names.
   *
   * @param mostBytes - The largest file that may come; the store's own limit unless given.
   * @throws `NotExamined` when storage does not work, so that nothing can be said.
   */
  async get(digest: string, mostBytes?: number): Promise<Uint8Array | BaseError> {
    const known = this.#kept.get(digest);
    if (known !== undefined) return known;
    try {
      const bytes = await this.#storage.get(digest as Digest, mostBytes);
      this.#keptBytes += bytes.length;
      if (this.#keptBytes <= KEPT_BYTES) this.#kept.set(digest, bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      if (isStorageTrouble(error)) throw unreadable(`The file ${digest}`, error);
      return error;
    }
  }
}
