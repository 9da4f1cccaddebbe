import { systemReason } from "../files/systemReason.ts";
import { BaseError } from "../protocol/BaseError.ts";

/**
 * Any error as people are told it: what the system refused in words, and only a fault of Freshet's own with the place
 * in its source.
 */
export function toldError(error: unknown): BaseError {
  if (error instanceof BaseError) return error;
  const reason = systemReason(error);
  if (reason !== undefined) {
    const { path, syscall } = systemError(error);
    return new BaseError("SYSTEM_REFUSED", `${path ?? "A file"} cannot be used: ${reason}.`, {
      details: `The system refused${syscall === undefined ? "" : ` ${syscall}`}: ${(error as Error).message}`,
      next: "Put that right, or use another --directory.",
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  return new BaseError("UNEXPECTED", `Freshet failed: ${message}`, {
    details: error instanceof Error ? (error.stack ?? error.message) : String(error),
    next: "This is a fault of Freshet's: please tell its developers, with what is above.",
    cause: error,
  });
}

/** The innermost cause that has a code: what the system itself said. */
function systemError(error: unknown): NodeJS.ErrnoException {
  const { cause, code } = error as NodeJS.ErrnoException;
  return code === undefined && cause instanceof Error ? systemError(cause) : (error as NodeJS.ErrnoException);
}
