import { hash } from "node:crypto";
import { BaseError } from "../protocol/BaseError.ts";
import type { Digest } from "./ContentStore.ts";
import { cidOf } from "./contentId.ts";

/**
 * Returns when the bytes are those that the digest names.
 *
 * @param source Who holds these bytes, as the subject of "… holds 12 bytes".
 * @throws `STORAGE_CORRUPT`, naming the block's CID.
 * @example
 * verifyBlock(digest, bytesFromDisk, "The file /var/freshet/blocks/PU/CIQ….data");
 */
export function verifyBlock(digest: Digest, bytes: Uint8Array, source: string): void {
  const found: Digest = `0x${hash("sha256", bytes)}`;
  if (found === digest) return;
  throw new BaseError("STORAGE_CORRUPT", `Block ${cidOf(digest)} is corrupted.`, {
    details: `${source} holds ${bytes.length} bytes whose CID is ${cidOf(found)}.`,
    next: "Put the file again to repair it, or read it from another store.",
  });
}
