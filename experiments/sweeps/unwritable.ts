import { systemReason } from "../../files/systemReason.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/**
 * The error of what cannot be written of a sweep; of an error that has words already, these.
 *
 * @param what - As a sentence begins: "A finished run".
 */
export function unwritable(what: string, directory: string, cause: unknown): BaseError {
  if (cause instanceof BaseError) return cause;
  return new BaseError("SWEEP_UNWRITABLE", `${what} cannot be written to ${directory}.`, {
    details: `The system says of it: ${systemReason(cause) ?? String(cause)}.`,
    next: "Put that right; the same command goes on.",
    cause,
  });
}
