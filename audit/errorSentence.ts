import { BaseError } from "../protocol/BaseError.ts";

/** What an error says, on one line: what happened and why. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof BaseError))
    return error instanceof Error ? error.message || error.name : String(error);
  return [error.shortMessage, error.details]
    .filter((part) => part !== undefined)
    .join(" ")
    .replaceAll(/\s*\n\s*/g, " ");
}
