import { BaseError } from "../../protocol/BaseError.ts";
import { type Rpc, RpcRefusal } from "../rpc/Rpc.ts";
import { revertOf } from "../rpc/revertOf.ts";
import { isAlreadyKnown, isNonceUsed, isUnderpriced, isUnpayable } from "../rpc/rpcErrors.ts";

/**
 * What a node says of a transaction that it is sent:
 * - `taken`: it has it now;
 * - `waiting`: it has had it, or finds its bid too low to keep;
 * - `nonce-used`: a block has another transaction with its nonce, or this very one;
 * - `out-of-turn`: it wants another nonce first.
 */
export type BroadcastAnswer = "taken" | "waiting" | "nonce-used" | "out-of-turn";

/**
 * Sends a signed transaction.
 *
 * @throws `INSUFFICIENT_FUNDS` (retryable) when its account cannot pay; `RpcRefusal` when the node will never take it;
 * `RpcUnavailable` when nobody answers: it may have been taken all the same.
 */
export async function broadcast(
  rpc: Rpc,
  raw: string,
  { account, chain }: { account: string; chain: string },
): Promise<BroadcastAnswer> {
  try {
    await rpc.request("eth_sendRawTransaction", [raw]);
    return "taken";
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    // A node that mines at once answers with the revert of a transaction that it mined.
    if (revertOf("", error) !== undefined) return "taken";
    if (isAlreadyKnown(error)) return "waiting";
    if (isUnpayable(error)) {
      throw new BaseError("INSUFFICIENT_FUNDS", `The account ${account} cannot pay for gas on ${chain}.`, {
        details: error.shortMessage,
        next: "Send it some of the chain's currency, then try again.",
        retryable: true,
        cause: error,
      });
    }
    // Whoever looks after it next finds its receipt, or that it was replaced, or that it bids too little.
    if (isNonceUsed(error)) return "nonce-used";
    if (/nonce/i.test(error.shortMessage)) return "out-of-turn";
    if (isUnderpriced(error)) return "waiting";
    throw error;
  }
}
