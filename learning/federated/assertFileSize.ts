import { BaseError } from "../../protocol/BaseError.ts";
import { MAX_HEADER_BYTES } from "../safetensors/decodeSafetensors.ts";

/**
 * The largest file of a kind.
 *
 * @param dataBytes - What all its tensors take.
 */
export function mostFileBytes(dataBytes: number): number {
  return 8 + MAX_HEADER_BYTES + dataBytes;
}

/**
 * Refuses, before anything of it is read, a file that is larger than any of its
 * kind can be.
 *
 * @param most - The largest that there can be, bytes.
 * @throws BaseError `<WHAT>_TOO_LARGE`.
 */
export function assertFileSize(what: string, bytes: Uint8Array, most: number): void {
  if (bytes.length <= most) return;
  throw new BaseError(
    `${what.toUpperCase()}_TOO_LARGE`,
    `The ${what} is larger than any of its model can be.`,
    {
      details: `It has ${bytes.length} bytes; the largest possible has ${most}.`,
    },
  );
}
