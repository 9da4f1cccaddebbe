import { BaseError } from "../../../protocol/BaseError.ts";

/** The BaseError that a promise rejects with; anything else fails the test. */
export async function rejection(promise: Promise<unknown>): Promise<BaseError> {
  const outcome = await promise.then(
    () => "it resolved",
    (error: unknown) => error,
  );
  if (outcome instanceof BaseError) return outcome;
  throw new Error("Expected a BaseError.", { cause: outcome });
}
