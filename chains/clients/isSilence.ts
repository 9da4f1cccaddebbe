import { RpcUnavailable } from "../rpc/Rpc.ts";

/** Whether an error is that of a chain that does not answer, whatever was asked of it. */
export function isSilence(error: unknown): boolean {
  if (error instanceof RpcUnavailable) return true;
  return error instanceof Error && error.cause !== undefined && isSilence(error.cause);
}
