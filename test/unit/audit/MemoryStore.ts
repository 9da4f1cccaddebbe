import { BaseError } from "../../../protocol/BaseError.ts";
import type { ContentStore, Digest } from "../../../storage/ContentStore.ts";
import { digestOf } from "../../../storage/contentId.ts";

/** A content store in memory, whose files a test can take away. */
export class MemoryStore implements ContentStore {
  readonly files = new Map<string, Uint8Array>();
  /** What reading a digest throws instead. */
  readonly errors = new Map<string, BaseError>();

  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = await digestOf(bytes);
    this.files.set(digest, bytes);
    return digest;
  }

  async get(digest: Digest, mostBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const error = this.errors.get(digest);
    if (error !== undefined) throw error;
    const bytes = this.files.get(digest);
    if (bytes !== undefined && bytes.length > mostBytes) {
      throw new BaseError(
        "STORAGE_TOO_LARGE",
        `${digest} has ${bytes.length} bytes, more than ${mostBytes}.`,
      );
    }
    if (bytes !== undefined) return bytes;
    throw new BaseError("STORAGE_NOT_FOUND", `There is no block ${digest}.`);
  }

  async has(digest: Digest): Promise<boolean> {
    return this.files.has(digest);
  }
}
