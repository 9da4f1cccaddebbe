import { BaseError } from "../protocol/BaseError.ts";

const TROUBLE = new Set([
  "STORAGE_UNREACHABLE",
  "STORAGE_UNTRUSTED",
  "STORAGE_REFUSED",
  "STORAGE_OTHER_CID",
  "STORAGE_FULL",
  "STORAGE_IO",
]);

/**
 * Whether an error of a store tells of our way to it and not of the content: after
 * it nothing is known of the content.
 */
export function isStorageTrouble(error: unknown): boolean {
  return error instanceof BaseError && TROUBLE.has(error.code);
}
