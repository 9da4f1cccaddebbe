import { BaseError } from "../../protocol/BaseError.ts";

/** The error of an account whose nonces others take, one after the other. */
export function keyContested(account: string, chain: string, taken: number): BaseError {
  return new BaseError("KEY_CONTESTED", `Others send with the key of ${account} on ${chain}.`, {
    details: `${taken} nonces in a row were taken by other transactions than ours.`,
    next: "Give each program a key of its own, or stop the other one.",
    retryable: true,
  });
}
