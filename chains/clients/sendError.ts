import { BaseError } from "../../protocol/BaseError.ts";
import { RpcRefusal, RpcUnavailable } from "../rpc/Rpc.ts";
import { revertOf } from "../rpc/revertOf.ts";
import { isUnpayable } from "../rpc/rpcErrors.ts";

/**
 * What whoever sent a transaction is told when that failed.
 *
 * @param call - What was called, for messages: `Gateway.deliver`.
 */
export function sendError(
  call: string,
  { name, url }: { name: string; url: string },
  cause: unknown,
): unknown {
  const revert = revertOf(call, cause);
  if (revert !== undefined) return revert;
  if (cause instanceof RpcRefusal && isUnpayable(cause)) {
    return new BaseError("INSUFFICIENT_FUNDS", `The sender of ${call} cannot pay for gas on ${name}.`, {
      next: "Send it some of the chain's currency, then try again.",
      retryable: true,
      cause,
    });
  }
  const isOfNode = cause instanceof RpcUnavailable || cause instanceof RpcRefusal;
  if (!isOfNode && cause instanceof BaseError && cause.code !== "TRANSACTION_REFUSED") return cause;
  return new BaseError("TRANSACTION_FAILED", `${call} could not be sent to ${name}.`, {
    details: cause instanceof Error ? cause.message : String(cause),
    next: `Check that ${url} is up (freshet doctor), then try again.`,
    retryable: true,
    cause,
  });
}
