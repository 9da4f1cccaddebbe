import type { Arguments, FunctionName, Returned } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AbiOf, AnyContract } from "../../protocol/ContractAbi.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import { type Rpc, RpcRefusal } from "../rpc/Rpc.ts";
import type { ContractPlace } from "./ChainEvent.ts";

/** The block as of which a chain is asked: a number as a JSON-RPC quantity, a tag, or a hash. */
export type ReadBlock = string | { blockHash: string };

/** A chain that is asked. */
export interface ReadableChain {
  readonly name: string;
  readonly rpc: Rpc;
}

/**
 * Calls a contract's function that changes nothing.
 *
 * @throws `ContractRevert` when it refuses, `NO_SUCH_CONTRACT` when nothing at its address answers as it would.
 */
export async function readContract<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
  chain: ReadableChain,
  { contract, address }: ContractPlace<C>,
  method: N,
  values: Arguments<AbiOf<C>, N>,
  block: ReadBlock = "latest",
): Promise<Returned<AbiOf<C>, N>> {
  const request = { to: address, data: contract.encodeCall(method, values) };
  const answer = await callContract(chain, `${contract.name}.${method}`, request, block);
  try {
    return contract.decodeResult(method, answer) as Returned<AbiOf<C>, N>;
  } catch (cause) {
    throw new BaseError(
      "NO_SUCH_CONTRACT",
      `What is at ${address} on ${chain.name} does not answer ${method}.`,
      {
        details: "It is no contract, or not the one it was taken for.",
        next: "Correct the address; a network file is of no use to chains that were started anew.",
        cause,
      },
    );
  }
}

/**
 * As `readContract`, with call data made elsewhere.
 *
 * @param call - What is called, for messages: `Gateway.deliver`.
 * @returns The answer, hex.
 */
export async function callContract(
  chain: ReadableChain,
  call: string,
  request: { from?: string; to: string; data: string },
  block: ReadBlock = "latest",
): Promise<string> {
  try {
    return (await chain.rpc.request("eth_call", [request, block])) as string;
  } catch (cause) {
    throw revertOf(call, cause) ?? cause;
  }
}

/** The contract's own refusal inside a node's answer; undefined when the node refused for another reason. */
export function revertOf(call: string, cause: unknown): ContractRevert | undefined {
  if (!(cause instanceof RpcRefusal)) return undefined;
  const { data, rpcCode } = cause;
  if (typeof data === "string" && data.startsWith("0x")) return new ContractRevert(call, data, cause);
  return rpcCode === 3 || /revert/i.test(cause.shortMessage)
    ? new ContractRevert(call, null, cause)
    : undefined;
}
