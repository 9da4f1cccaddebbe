import { BaseError } from "../protocol/BaseError.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { AuditFailure } from "./AuditFailure.ts";
import { sentence } from "./Evidence.ts";

/** Errors after which nothing is known of the content. */
const UNDECIDED = new Set(["STORAGE_UNREACHABLE", "STORAGE_REFUSED", "STORAGE_IO"]);

/**
 * The bytes under a digest, or why there are none: they are missing, damaged or
 * not laid out as Freshet lays out files. Storage checks every block against the
 * digest, so bytes that come back are those that the digest names.
 *
 * @throws AuditFailure when storage does not work, so that nothing can be said.
 */
export async function storedUpdate(storage: ContentStore, digest: string): Promise<Uint8Array | BaseError> {
  try {
    return await storage.get(digest as Digest);
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    if (UNDECIDED.has(error.code)) throw new AuditFailure(`Not examined: ${sentence(error)}`, error);
    return error;
  }
}
