import { toQuantity } from "ethers";

import { ContractRevert } from "../../protocol/ContractRevert.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { revertOf } from "../rpc/revertOf.ts";
import type { TransactionRequest } from "./TransactionStore.ts";

/**
 * Why a transaction was reverted in its block: asks the chain at the state after that block, with its number and time,
 * and where others in it have done away with the reason, at the state before it.
 *
 * @param call - What was called, for messages: `Gateway.deliver`.
 */
export async function blockRefusal(
  rpc: Rpc,
  call: string,
  { from, to, data, gas, value = 0n, block }: TransactionRequest & { from: string; block: number },
): Promise<ContractRevert> {
  const request = { from, to, data, gas: toQuantity(gas), value: toQuantity(value) };
  let cause: unknown;
  for (const number of [block, block - 1]) {
    try {
      await rpc.request("eth_call", [request, toQuantity(number)]);
    } catch (error) {
      cause = error;
      const revert = revertOf(call, error);
      if (revert !== undefined) return revert;
    }
  }
  return new ContractRevert(call, null, cause);
}
