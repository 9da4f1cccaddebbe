import type { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import { RpcRefusal } from "../../chains/rpc/Rpc.ts";
import { revertOf } from "../../chains/rpc/revertOf.ts";
import { gasWithMargin } from "../../chains/transactions/gasWithMargin.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** As much gas as a transaction may have (EIP-7825). */
const MOST_GAS = 1n << 24n;

/**
 * The gas that a delivery gets: what it costs on the chain's pending state, with a margin.
 *
 * @throws `ContractRevert` when it would be refused, `TRANSACTION_REFUSED` (retryable) when the node will not estimate it.
 */
export async function deliveryGas(gateway: GatewayClient, from: string, data: string): Promise<bigint> {
  try {
    const request = { from, to: gateway.address, data };
    const estimate = BigInt((await gateway.rpc.request("eth_estimateGas", [request, "pending"])) as string);
    const limit = (await gateway.header("latest"))?.gasLimit ?? MOST_GAS;
    const most = limit < MOST_GAS ? limit : MOST_GAS;
    const wanted = gasWithMargin(estimate);
    return wanted > most && estimate <= most ? most : wanted;
  } catch (cause) {
    const revert = revertOf(`${gateway.name}'s gateway`, cause);
    if (revert !== undefined || !(cause instanceof RpcRefusal)) throw revert ?? cause;
    throw new BaseError("TRANSACTION_REFUSED", `${gateway.name}'s node will not estimate the delivery.`, {
      details: cause.shortMessage,
      retryable: true,
      cause,
    });
  }
}
