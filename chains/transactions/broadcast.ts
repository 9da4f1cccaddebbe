import { BaseError } from "../../protocol/BaseError.ts";
import { type Rpc, RpcRefusal } from "../rpc/Rpc.ts";
import { revertOf } from "../rpc/revertOf.ts";
import { isAboutNonce, isAlreadyKnown, isNonceUsed, isUnderpriced, isUnpayable } from "../rpc/rpcErrors.ts";

/**
 * What becomes of a transaction that a node is sent:
 * - `taken`: it has it now;
 * - `waiting`: it has had it, or finds its bid too low to keep;
 * - `nonce-used`: a block has another transaction with its nonce;
 * - `nonce-contested`: another transaction with its nonce waits for a block;
 * - `out-of-turn`: the node wants another nonce first;
 * - `reverted`: a node that mines at once has it in a block, one that tries first does not take it.
 */
export type BroadcastAnswer =
  | { type: "taken" | "waiting" | "nonce-used" | "nonce-contested" }
  | { type: "out-of-turn" | "reverted"; refusal: RpcRefusal };

/** A signed transaction. */
export interface SignedTransaction {
  raw: string;
  hash: string;
  nonce: number;
}

/**
 * Sends a signed transaction. Why a node refuses one it says in words of its own, so where its nonce stands is read
 * from the account's counts; words decide only what counts leave open.
 *
 * @throws `INSUFFICIENT_FUNDS` (retryable) when its account cannot pay; `RpcRefusal` when the node will never take it;
 * `RpcUnavailable` when nobody answers: it may have been taken all the same.
 */
export async function broadcast(
  rpc: Rpc,
  transaction: SignedTransaction,
  { account, chain }: { account: string; chain: string },
): Promise<BroadcastAnswer> {
  try {
    await rpc.request("eth_sendRawTransaction", [transaction.raw]);
    return { type: "taken" };
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    if (revertOf("", error) !== undefined) return { type: "reverted", refusal: error };
    if (isAlreadyKnown(error)) return { type: "waiting" };
    const standing = await standingOf(rpc, account, transaction);
    if (standing === "out-of-turn") return { type: standing, refusal: error };
    if (standing !== "next") return { type: standing };
    if (isUnpayable(error)) {
      throw new BaseError("INSUFFICIENT_FUNDS", `The account ${account} cannot pay for gas on ${chain}.`, {
        details: error.shortMessage,
        next: "Send it some of the chain's currency, then try again.",
        retryable: true,
        cause: error,
      });
    }
    // Of several nodes behind one connection, the one that counts may be behind the one that refused.
    if (isNonceUsed(error)) return { type: "nonce-used" };
    if (isAboutNonce(error)) return { type: "out-of-turn", refusal: error };
    if (isUnderpriced(error)) return { type: "waiting" };
    throw error;
  }
}

/** Where a transaction that was refused stands among its account's; `next` when it is its turn. */
async function standingOf(
  rpc: Rpc,
  account: string,
  { hash, nonce }: SignedTransaction,
): Promise<"waiting" | "nonce-used" | "nonce-contested" | "out-of-turn" | "next"> {
  const countAt = async (block: string) =>
    Number(await rpc.request("eth_getTransactionCount", [account, block]));
  const [isKnown, latest, pending] = await Promise.all([
    knowsTransaction(rpc, hash),
    countAt("latest"),
    countAt("pending"),
  ]);
  if (isKnown) return "waiting";
  if (latest > nonce) return "nonce-used";
  if (pending > nonce) return "nonce-contested";
  return Math.max(latest, pending) < nonce ? "out-of-turn" : "next";
}

/** Whether a node has a transaction, in a block or waiting for one. */
export async function knowsTransaction(rpc: Rpc, hash: string): Promise<boolean> {
  try {
    return (await rpc.request("eth_getTransactionByHash", [hash])) !== null;
  } catch (error) {
    if (error instanceof RpcRefusal) return false;
    throw error;
  }
}
