import { toQuantity } from "ethers";

import { ContractRevert } from "../../protocol/ContractRevert.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "../rpc/Rpc.ts";
import { type BlockMark, readHeader } from "../rpc/readHeader.ts";
import { revertOf } from "../rpc/revertOf.ts";
import type { TransactionRequest } from "./TransactionStore.ts";

/** A transaction that was reverted, and where. */
export interface RevertedTransaction extends TransactionRequest {
  hash: string;
  from: string;
  block: BlockMark;
}

/**
 * Why a transaction was reverted in its block: as the chain's node repeats it, if it does (`debug_traceTransaction`).
 * Else what it would be told at that block's time, on the state after the block, and where others in it have done away
 * with the reason, on the state before it. What a node says that cannot be asked of another time than the state's is
 * told with that reservation: a deadline may lie between the two.
 *
 * @param call - What was called, for messages: `Gateway.deliver`.
 */
export async function blockRefusal(
  rpc: Rpc,
  call: string,
  transaction: RevertedTransaction,
): Promise<ContractRevert> {
  const traced = await tracedRefusal(rpc, call, transaction.hash);
  if (traced !== undefined) return traced;
  const { from, to, data, gas, value = 0n, block } = transaction;
  const request = { from, to, data, gas: toQuantity(gas), value: toQuantity(value) };
  const ask = (...where: unknown[]) => refusalOf(rpc, call, [request, ...where]);
  const after = await ask(toQuantity(block.number));
  if (after instanceof ContractRevert) return after;
  const before = toQuantity(block.number - 1);
  const header = await readHeader(rpc, block.number).catch(() => undefined);
  const then = header && { number: toQuantity(block.number), time: toQuantity(header.timestamp) };
  const atItsTime = then === undefined ? undefined : await ask(before, {}, then);
  if (atItsTime instanceof ContractRevert) return atItsTime;
  // It was asked, and would have been let pass: nothing that is said at another time is the reason.
  if (then !== undefined && atItsTime === undefined) return new ContractRevert(call, null, after);
  const earlier = await ask(before);
  if (!(earlier instanceof ContractRevert)) return new ContractRevert(call, null, earlier ?? after);
  return new ContractRevert(call, dataOf(earlier), earlier.cause, {
    reservation: `That is what block ${block.number - 1} says, at its time; the transaction was in block ${block.number}.`,
  });
}

/** What a call is refused with: the contract's reason, another error, or undefined when it is let pass. */
async function refusalOf(rpc: Rpc, call: string, params: readonly unknown[]): Promise<unknown> {
  try {
    await rpc.request("eth_call", params);
    return undefined;
  } catch (error) {
    return revertOf(call, error) ?? error;
  }
}

/** Undefined where no node traces, or not this transaction. */
async function tracedRefusal(rpc: Rpc, call: string, hash: string): Promise<ContractRevert | undefined> {
  try {
    const options = { tracer: "callTracer", tracerConfig: { onlyTopCall: true } };
    const root = (await rpc.request("debug_traceTransaction", [hash, options])) as Partial<
      Record<"error" | "output", unknown>
    > | null;
    if (typeof root?.error !== "string") return undefined;
    const { error, output } = root;
    if (typeof output === "string" && output !== "0x") return new ContractRevert(call, output);
    // Whoever ran out of gas gives no reason; whoever was reverted did.
    return /revert/i.test(error) ? undefined : new ContractRevert(call, null);
  } catch (error) {
    if (error instanceof RpcRefusal || error instanceof RpcUnavailable) return undefined;
    throw error;
  }
}

function dataOf({ cause }: ContractRevert): string | null {
  const data = cause instanceof RpcRefusal ? cause.data : undefined;
  return typeof data === "string" ? data : null;
}
