import { BaseError } from "../protocol/BaseError.ts";

const FAULTS = new Set(["STORAGE_TOO_LARGE", "STORAGE_MALFORMED"]);

/** Whether an error of a store tells of what a digest names, as all who can read it will find. */
export function isContentFault(error: unknown): error is BaseError {
  return error instanceof BaseError && FAULTS.has(error.code);
}
