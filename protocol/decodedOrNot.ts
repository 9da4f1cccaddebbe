import { BaseError } from "./BaseError.ts";

/** What decoding gives; undefined when the bytes are not what they were taken for (`MALFORMED_DATA`). */
export function decodedOrNot<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BaseError && error.code === "MALFORMED_DATA") return undefined;
    throw error;
  }
}
