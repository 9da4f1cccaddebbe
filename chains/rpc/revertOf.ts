import { ContractRevert } from "../../protocol/ContractRevert.ts";
import { RpcRefusal } from "./Rpc.ts";

/**
 * The contract's own refusal inside a node's answer; undefined when the node refused for another reason.
 *
 * @param call - What was called, for messages: `Gateway.deliver`.
 */
export function revertOf(call: string, cause: unknown): ContractRevert | undefined {
  if (!(cause instanceof RpcRefusal)) return undefined;
  const { data, rpcCode } = cause;
  if (typeof data === "string" && data.startsWith("0x")) return new ContractRevert(call, data, cause);
  return rpcCode === 3 || /revert/i.test(cause.shortMessage)
    ? new ContractRevert(call, null, cause)
    : undefined;
}
