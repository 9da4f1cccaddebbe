import { BaseError } from "../../protocol/BaseError.ts";
import { type Rpc, RpcRefusal } from "../rpc/Rpc.ts";
import { revertOf } from "../rpc/revertOf.ts";
import { isAlreadyKnown, isNonceUsed, isUnderpriced, isUnpayable } from "../rpc/rpcErrors.ts";

/**
 * What a node says of a transaction that it is sent:
 * - `taken`: it has it now;
 * - `waiting`: it has had it, or finds its bid too low to keep;
 * - `nonce-used`: a block has another transaction with its nonce, or this very one;
 * - `out-of-turn`: it wants another nonce first;
 * - `reverted`: a node that mines at once has it in a block, one that tries first does not take it.
 */
export type BroadcastAnswer =
  | { type: "taken" | "waiting" | "nonce-used" | "out-of-turn" }
  | { type: "reverted"; refusal: RpcRefusal };

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
    return { type: "taken" };
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    if (revertOf("", error) !== undefined) return { type: "reverted", refusal: error };
    if (isAlreadyKnown(error)) return { type: "waiting" };
    if (isUnpayable(error)) {
      throw new BaseError("INSUFFICIENT_FUNDS", `The account ${account} cannot pay for gas on ${chain}.`, {
        details: error.shortMessage,
        next: "Send it some of the chain's currency, then try again.",
        retryable: true,
        cause: error,
      });
    }
    // Whoever looks after it next finds its receipt, or that it was replaced, or that it bids too little.
    if (isNonceUsed(error)) return { type: "nonce-used" };
    if (/nonce/i.test(error.shortMessage)) return { type: "out-of-turn" };
    if (isUnderpriced(error)) return { type: "waiting" };
    throw error;
  }
}
