import { BaseError } from "../../protocol/BaseError.ts";
import { MAX_HEADER_BYTES } from "../safetensors/decodeSafetensors.ts";

/**
 * Refuses, before anything of it is read, a file that is larger than any of its
 * kind can be.
 *
 * @param dataBytes - What all its tensors take.
 * @throws BaseError `<WHAT>_TOO_LARGE`.
 */
export function assertFileSize(what: string, bytes: Uint8Array, dataBytes: number): void {
  const most = 8 + MAX_HEADER_BYTES + dataBytes;
  if (bytes.length <= most) return;
  throw new BaseError(
    `${what.toUpperCase()}_TOO_LARGE`,
    `The ${what} is larger than any of its model can be.`,
    {
      details: `It has ${bytes.length} bytes; the largest possible has ${most}.`,
    },
  );
}
