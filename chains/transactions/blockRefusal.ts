import { toQuantity } from "ethers";

import { ContractRevert } from "../../protocol/ContractRevert.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { revertOf } from "../rpc/revertOf.ts";
import type { TransactionRequest } from "./TransactionStore.ts";

/**
 * Why a transaction was reverted in its block: asks the chain at the state before that block and, as others may have
 * come first in it, at the state after it.
 *
 * @param call - What was called, for messages: `Gateway.deliver`.
 */
export async function blockRefusal(
  rpc: Rpc,
  call: string,
  { from, to, data, gas, block }: TransactionRequest & { from: string; block: number },
): Promise<ContractRevert> {
  const request = { from, to, data, gas: toQuantity(gas) };
  let cause: unknown;
  for (const number of [block - 1, block]) {
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
