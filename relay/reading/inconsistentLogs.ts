import { BaseError } from "../../protocol/BaseError.ts";

/** The error of a node whose answers do not fit each other: nothing that it told is kept. */
export function inconsistentLogs(chain: string, told: string): BaseError {
  return new BaseError("INCONSISTENT_LOGS", `${chain} told ${told}.`, {
    details: "Its node left logs out, or its answers are of different histories of the chain.",
    next: "Nothing is lost: the blocks are read again. If it persists, use another node.",
    retryable: true,
  });
}
