import { BaseError } from "../../protocol/BaseError.ts";

/** The BaseError that a call throws; anything else fails the test. */
export function thrown(call: () => unknown): BaseError {
  try {
    call();
  } catch (error) {
    if (error instanceof BaseError) return error;
    throw new Error("Expected a BaseError.", { cause: error });
  }
  throw new Error("Expected a BaseError, but nothing was thrown.");
}

/** The BaseError that a promise rejects with; anything else fails the test. */
export async function rejected(promise: Promise<unknown>): Promise<BaseError> {
  const outcome = await promise.then(
    () => "it resolved",
    (error: unknown) => error,
  );
  if (outcome instanceof BaseError) return outcome;
  throw new Error("Expected a BaseError.", { cause: outcome });
}
