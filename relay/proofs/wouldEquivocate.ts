import { BaseError } from "../../protocol/BaseError.ts";

/** The error of a validator that would sign a second history. */
export function wouldEquivocate(shortMessage: string, details: string): BaseError {
  return new BaseError("WOULD_EQUIVOCATE", shortMessage, {
    details: `${details}: the chain was reorganized deeper than its finality rule, or replaced.`,
    next: "Find out which history is right before this validator signs for the chain again.",
  });
}
